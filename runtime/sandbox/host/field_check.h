// What HTTP allows in a header field, held against bytes from an instance: in replies and in nested requests alike.
//
// Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sojourn {

inline constexpr std::uint32_t kHeadersMax = 200;  // fields of one reply or one nested request

// Writes the token at `name` in lower case. False: it is empty or has a byte that tokens do not have; what stands there
// is then of no use.
bool lower_case_token(char* name, std::size_t size);

// No control characters but the tab.
bool plain_value(std::string_view value);

}  // namespace sojourn
