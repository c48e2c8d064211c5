// Classes of bytes as HTTP sees them (RFC 9110, 5.6.2; RFC 3986), as tables for single-pass scanning.
//
// Thread: any; constants only.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "runtime/base/ascii.h"

namespace sojourn {

// The lower-case form of each byte that may stand in a token, 0 for every other byte.
inline constexpr auto kTokenLower = [] {
  std::array<char, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = static_cast<char>(c);
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = static_cast<char>(c);
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = static_cast<char>(c - 'A' + 'a');
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = c;
  return table;
}();

inline char token_lower(char c) {
  return kTokenLower[static_cast<unsigned char>(c)];
}

// Everything below space but the tab, and DEL.
inline constexpr bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7F;
}

}  // namespace sojourn
