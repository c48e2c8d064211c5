// The core schema of YAML 1.2: which plain scalars are null, booleans, integers and numbers, and which are text.
#include <charconv>
#include <limits>

#include "loader/document.h"

namespace sojourn {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

std::optional<std::int64_t> to_integer(std::string_view digits, int base, bool negative) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (failed != std::errc{} || end != digits.data() + digits.size() || value > kMost) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(value);
  return negative ? -whole : whole;
}

// [-+]?[0-9]+, 0o[0-7]+, 0x[0-9a-fA-F]+
bool read_integer(std::string_view text, Node& node) {
  std::optional<std::int64_t> value;
  if (text.starts_with("0o")) {
    value = to_integer(text.substr(2), 8, false);
  } else if (text.starts_with("0x")) {
    value = to_integer(text.substr(2), 16, false);
  } else {
    const bool sign = text.starts_with('-') || text.starts_with('+');
    value = to_integer(text.substr(sign ? 1 : 0), 10, text.starts_with('-'));
  }
  if (!value) return false;
  node.kind = Node::Kind::kInteger;
  node.integer = *value;
  node.number = static_cast<double>(*value);
  return true;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool has_number_form(std::string_view text) {
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  at += whole;
  std::size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    fraction = digits_at(text, at + 1);
    at += 1 + fraction;
  }
  if (whole + fraction == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

bool read_number(std::string_view text, Node& node) {
  const std::string_view unsigned_text = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  const double sign = text.starts_with('-') ? -1 : 1;
  double value = 0;
  if (unsigned_text == ".inf" || unsigned_text == ".Inf" || unsigned_text == ".INF") {
    value = std::numeric_limits<double>::infinity();
  } else if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (has_number_form(text)) {
    const char* end = unsigned_text.data() + unsigned_text.size();
    if (std::from_chars(unsigned_text.data(), end, value).ec != std::errc{}) {
      value = std::numeric_limits<double>::infinity();
    }
  } else {
    return false;
  }
  node.kind = Node::Kind::kNumber;
  node.number = sign * value;
  return true;
}

}  // namespace

Node plain_scalar(std::string text) {
  Node node;
  node.kind = Node::Kind::kText;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    node.kind = Node::Kind::kNull;
  } else if (text == "true" || text == "True" || text == "TRUE") {
    node.kind = Node::Kind::kBoolean;
    node.boolean = true;
  } else if (text == "false" || text == "False" || text == "FALSE") {
    node.kind = Node::Kind::kBoolean;
  } else if (!read_integer(text, node)) {
    read_number(text, node);
  }
  node.text = std::move(text);
  return node;
}

}  // namespace sojourn
