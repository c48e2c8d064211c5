#include "runtime/sandbox/host/field_check.h"

#include <array>

namespace sojourn {
namespace {

// For each byte: what it becomes in a field name (itself or its lower-case letter), 0 when it is no token character.
constexpr std::array<char, 256> token_table() {
  std::array<char, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = static_cast<char>(c);
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = static_cast<char>(c - 'A' + 'a');
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = static_cast<char>(c);
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = c;
  return table;
}
constexpr std::array<char, 256> kToken = token_table();

}  // namespace

bool lower_case_token(char* name, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const char c = kToken[static_cast<unsigned char>(name[i])];
    if (c == 0) return false;
    name[i] = c;
  }
  return size > 0;
}

bool plain_value(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7F) return false;
  }
  return true;
}

}  // namespace sojourn
