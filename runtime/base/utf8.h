// Whether bytes are UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
//
// Thread: any; pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace sojourn {

// The length in bytes of the well-formed sequence that the text begins with; 0: it begins with none. REQUIRES: the text
// is not empty.
std::size_t utf8_sequence(std::string_view text);
bool is_utf8(std::string_view bytes);

}  // namespace sojourn
