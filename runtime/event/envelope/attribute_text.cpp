#include "runtime/event/envelope/attribute_text.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/base/utf8.h"
#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {
namespace {

// REQUIRES: one well-formed sequence.
char32_t code_point(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return lead;
  char32_t point = lead & (0x7Fu >> sequence.size());
  for (const char c : sequence.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return point;
}

bool is_forbidden(char32_t point) {
  const bool is_control = point < 0x20 || (point >= 0x7F && point <= 0x9F);
  const bool is_noncharacter = (point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE;
  return is_control || is_noncharacter;
}

}  // namespace

Error bad_event(const std::string& what) {
  return Error(ErrorCode::kBadRequest, "CloudEvent: " + what);
}

bool is_event_attribute_name(std::string_view name) {
  return !name.empty() && name.size() <= kAttributeNameMax &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

bool is_attribute_value(std::string_view value) {
  while (!value.empty()) {
    const std::size_t length = utf8_sequence(value);
    if (length == 0 || is_forbidden(code_point(value.substr(0, length)))) return false;
    value.remove_prefix(length);
  }
  return true;
}

std::string encode_field(std::string_view value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(value.size());
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '"' && c != '%') {
      text.push_back(c);
    } else {
      text.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return text;
}

std::optional<std::string> decode_field(std::string_view value) {
  const bool is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  if (is_quoted) value = value.substr(1, value.size() - 2);
  std::string unquoted;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (is_quoted && value[i] == '\\' && i + 1 < value.size()) ++i;
    unquoted.push_back(value[i]);
  }
  std::string plain;
  for (std::size_t i = 0; i < unquoted.size(); ++i) {
    if (unquoted[i] != '%') {
      plain.push_back(unquoted[i]);
      continue;
    }
    const int high = i + 2 < unquoted.size() ? hex_digit(unquoted[i + 1]) : -1;
    const int low = i + 2 < unquoted.size() ? hex_digit(unquoted[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    plain.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  if (!is_utf8(plain)) return std::nullopt;
  return plain;
}

}  // namespace sojourn
