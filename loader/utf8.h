// Whether bytes are text: UTF-8 as RFC 3629 has it, and none of the control characters that no file needs.
//
// Thread: any; pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "loader/document.h"

namespace sojourn {

// The offset of the first byte that is not part of a well-formed sequence, or is a control character other than tab,
// line feed and carriage return.
std::optional<std::size_t> first_bad_character(std::string_view text);

// Line and column of an offset, counted in bytes.
Position position_in(std::string_view text, std::size_t offset);

}  // namespace sojourn
