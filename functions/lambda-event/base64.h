// Base64 with the standard alphabet and padding (RFC 4648, 4).
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace built_in {

std::string base64_encode(std::string_view bytes);
// Nothing when the text is not well formed; line breaks are not allowed.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace built_in
