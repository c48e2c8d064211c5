#include "runtime/event/envelope/cloud_event_text.h"

#include <algorithm>
#include <array>

namespace sojourn {
namespace {

Error bad(const std::string& what) {
  return Error(ErrorCode::kBadRequest, "CloudEvent: " + what);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_attribute_name(std::string_view name) {
  return !name.empty() && name.size() <= kAttributeNameMax &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

bool has_control_character(std::string_view value) {
  return std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
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

// `Z`, `+hh:mm` or `-hh:mm`.
bool is_offset(std::string_view text) {
  if (text == "Z" || text == "z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && within(number_at(text, 1, 2), 0, 23) &&
         text[3] == ':' && within(number_at(text, 4, 2), 0, 59);
}

}  // namespace

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
  std::string plain;
  plain.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    char c = value[i];
    if (is_quoted && c == '\\' && i + 1 < value.size()) {
      c = value[++i];
    } else if (c == '%') {
      if (i + 2 >= value.size()) return std::nullopt;
      const int high = hex_digit(value[i + 1]);
      const int low = hex_digit(value[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high << 4 | low);
      i += 2;
    }
    plain.push_back(c);
  }
  if (!is_utf8(plain)) return std::nullopt;
  return plain;
}

Status put_attribute(CloudEvent& event, std::string_view name, std::string value) {
  constexpr std::size_t kShown = 40;
  if (!is_attribute_name(name)) {
    return bad("`" + std::string(name.substr(0, kShown)) + "` is no attribute's name, which has lower-case letters and " +
               "digits, at most " + std::to_string(kAttributeNameMax));
  }
  if (has_control_character(value)) return bad("the attribute " + std::string(name) + " holds a control character");
  std::string* const own = name == "id" ? &event.id : name == "source" ? &event.source : name == "type" ? &event.type
                                                                                                      : nullptr;
  if (own != nullptr) {
    *own = std::move(value);
    return {};
  }
  if (event.attributes.size() >= kAttributesMax) {
    return bad("it has more than " + std::to_string(kAttributesMax) + " attributes");
  }
  event.attributes[std::string(name)] = std::move(value);
  return {};
}

Status check_event(const CloudEvent& event) {
  for (const std::string_view name : {"id", "source", "type"}) {
    if (event.attribute(name).empty()) return bad("the attribute " + std::string(name) + " is missing or empty");
  }
  const std::string_view time = event.attribute("time");
  if (!time.empty() && !is_rfc3339(time)) {
    return bad("the attribute time is no point in time of RFC 3339, such as 2026-11-22T12:00:00Z");
  }
  return {};
}

bool is_rfc3339(std::string_view time) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (time.size() < 20 || time[4] != '-' || time[7] != '-' || (time[10] != 'T' && time[10] != 't') || time[13] != ':' ||
      time[16] != ':') {
    return false;
  }
  const int year = number_at(time, 0, 4);
  const int month = number_at(time, 5, 2);
  const int day = number_at(time, 8, 2);
  if (year < 0 || !within(month, 1, 12)) return false;
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int days = kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
  if (!within(day, 1, days) || !within(number_at(time, 11, 2), 0, 23) || !within(number_at(time, 14, 2), 0, 59) ||
      !within(number_at(time, 17, 2), 0, 60)) {
    return false;
  }
  std::size_t at = 19;
  if (time[at] == '.') {
    const std::size_t end = time.find_first_not_of("0123456789", at + 1);
    if (end == at + 1 || end == std::string_view::npos) return false;
    at = end;
  }
  return is_offset(time.substr(at));
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const std::size_t size = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (size == 0 || i + size > bytes.size()) return false;
    std::uint32_t point = size == 1 ? first : first & (0xFFu >> (size + 1));
    for (std::size_t k = 1; k < size; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      if (next >> 6 != 2) return false;
      point = point << 6 | (next & 63u);
    }
    constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    i += size;
  }
  return true;
}

}  // namespace sojourn
