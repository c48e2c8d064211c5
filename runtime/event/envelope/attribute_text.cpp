#include "runtime/event/envelope/attribute_text.h"

#include <algorithm>
#include <array>

#include "runtime/base/utf8.h"
#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

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

// Reads `digits` digits; -1 when there are none so many.
int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool within(int value, int least, int most) {
  return value >= least && value <= most;
}

bool is_date(std::string_view text) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  if (year < 0 || text[4] != '-' || text[7] != '-' || !within(month, 1, 12)) return false;
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int days = kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
  return within(number_at(text, 8, 2), 1, days);
}

// With a second of 60, which RFC 3339 has for leap seconds.
bool is_time_of_day(std::string_view text) {
  return within(number_at(text, 0, 2), 0, 23) && text[2] == ':' && within(number_at(text, 3, 2), 0, 59) &&
         text[5] == ':' && within(number_at(text, 6, 2), 0, 60);
}

// `Z`, `+hh:mm` or `-hh:mm`.
bool is_offset(std::string_view text) {
  if (text == "Z" || text == "z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && within(number_at(text, 1, 2), 0, 23) &&
         text[3] == ':' && within(number_at(text, 4, 2), 0, 59);
}

}  // namespace

Error bad_event(const std::string& what) {
  return Error(ErrorCode::kBadRequest, "CloudEvent: " + what);
}

bool is_attribute_name(std::string_view name) {
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

bool is_rfc3339(std::string_view time) {
  constexpr std::size_t kDate = 10;
  constexpr std::size_t kTime = 8;
  if (time.size() < kDate + 1 + kTime + 1 || (time[kDate] != 'T' && time[kDate] != 't')) return false;
  if (!is_date(time.substr(0, kDate)) || !is_time_of_day(time.substr(kDate + 1, kTime))) return false;
  std::string_view rest = time.substr(kDate + 1 + kTime);
  if (rest.front() == '.') {
    const std::size_t end = rest.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string_view::npos) return false;
    rest.remove_prefix(end);
  }
  return is_offset(rest);
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
