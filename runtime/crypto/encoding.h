// Bytes as text and back: lower-case hex, and base64 (RFC 4648, the standard alphabet, padded).
//
// Thread: any; pure functions. Decoders are for short texts from strangers: they take no shortcut on bad input.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sojourn {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);  // either case

std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // the padding may be left out; nothing else may differ

}  // namespace sojourn
