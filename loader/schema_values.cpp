#include "loader/schema_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "loader/names.h"
#include "loader/quantity.h"
#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

constexpr std::size_t kQuotedMax = 80;  // bytes of a value that a complaint repeats

std::string shortened(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, kQuotedMax)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  if (text.size() > kQuotedMax) out += "…";
  return out;
}

std::string plain_number(double value) {
  std::array<char, 32> text{};
  const auto [end, failed] = std::to_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc{} ? std::string(text.data(), end) : "?";
}

void out_of_range(const Place& place, const Node& node, const std::string& least, const std::string& most) {
  place.complain(node, "is " + shortened(node.text) + "; allowed is " + least + " to " + most);
}

// `fits`: whether a node is of the kind that the place wants.
bool expected_plain(const Place& place, const Node& node, std::string_view expectation, bool (*fits)(const Node&)) {
  if (node.kind != Node::Kind::kText || !fits(plain_scalar(node.text))) return expected(place, node, expectation);
  place.complain(node, "is the text " + describe(node) + "; " + std::string(expectation) + ": write it without quotes");
  return false;
}

}  // namespace

Place Place::below(std::string_view key) const {
  std::string longer = path;
  if (!longer.empty()) longer += '.';
  longer += key.size() <= 2 * kNameLengthMax ? key : key.substr(0, 2 * kNameLengthMax);
  return Place{complaints, std::move(longer), nulls, secret_uses};
}

Place Place::item(std::size_t index) const {
  return Place{complaints, path + "[" + std::to_string(index) + "]", nulls, secret_uses};
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kBoolean:
      return node.boolean ? "the boolean true" : "the boolean false";
    case Node::Kind::kInteger:
    case Node::Kind::kNumber:
      return "the number " + shortened(node.text);
    case Node::Kind::kText:
      return "`" + shortened(node.text) + "`";
    case Node::Kind::kList:
      return node.items.empty() ? "an empty list" : "a list";
    case Node::Kind::kMap:
      return node.members.empty() ? "an empty mapping" : "a mapping";
  }
  return "something else";
}

bool expected(const Place& place, const Node& node, std::string_view expectation) {
  place.complain(node, "is " + describe(node) + "; " + std::string(expectation));
  return false;
}

bool is_number(const Node& node) {
  return node.kind == Node::Kind::kInteger || node.kind == Node::Kind::kNumber;
}

bool expected_number(const Place& place, const Node& node) {
  return expected_plain(place, node, "expected is a number", is_number);
}

bool expected_boolean(const Place& place, const Node& node) {
  return expected_plain(place, node, "expected is true or false",
                        [](const Node& plain) { return plain.kind == Node::Kind::kBoolean; });
}

void read_duration(const Place& place, const Node& node, DurationRange range, std::chrono::milliseconds& into) {
  const auto value = node.kind == Node::Kind::kText ? parse_duration(node.text) : std::nullopt;
  if (!value) {
    expected(place, node, "expected is a duration: a whole number and a unit, as in 250ms, 5s, 10m, 2h");
  } else if (*value < range.least || *value > range.most) {
    out_of_range(place, node, format_duration(range.least), format_duration(range.most));
  } else {
    into = *value;
  }
}

void read_size(const Place& place, const Node& node, SizeRange range, std::uint64_t& into) {
  const auto value = node.kind == Node::Kind::kText ? parse_size(node.text) : std::nullopt;
  if (!value) {
    expected(place, node, "expected is a size: a whole number and a unit, as in 16KiB, 64MiB, 6MB");
  } else if (*value < range.least || *value > range.most) {
    out_of_range(place, node, format_size(range.least), format_size(range.most));
  } else {
    into = *value;
  }
}

void read_integer(const Place& place, const Node& node, IntegerRange range, int& into) {
  if (node.kind != Node::Kind::kInteger) {
    expected_plain(place, node, "expected is a whole number",
                   [](const Node& plain) { return plain.kind == Node::Kind::kInteger; });
  } else if (node.integer < range.least || node.integer > range.most) {
    out_of_range(place, node, std::to_string(range.least), std::to_string(range.most));
  } else {
    into = static_cast<int>(node.integer);
  }
}

void read_number(const Place& place, const Node& node, NumberRange range, double& into) {
  if (!is_number(node)) {
    expected_number(place, node);
  } else if (!(node.number >= range.least && node.number <= range.most)) {
    out_of_range(place, node, plain_number(range.least), plain_number(range.most));
  } else {
    into = node.number;
  }
}

int read_choice(const Place& place, const Node& node, std::span<const std::string_view> choices) {
  std::string list;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (node.kind == Node::Kind::kText && node.text == choices[i]) return static_cast<int>(i);
    list.append(i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ").append(choices[i]);
  }
  expected(place, node,
           "expected is " + list + (node.kind == Node::Kind::kText ? did_you_mean(node.text, choices) : ""));
  return -1;
}

bool read_boolean(const Place& place, const Node& node, bool& into) {
  if (node.kind != Node::Kind::kBoolean) return expected_boolean(place, node);
  into = node.boolean;
  return true;
}

bool is_header_name(std::string_view text) {
  const auto fits = [](char c) {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter_or_digit || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kShortTextMax && std::ranges::all_of(text, fits);
}

void read_header_name(const Place& place, const Node& node, std::string& into) {
  if (node.kind != Node::Kind::kText || !is_header_name(node.text)) {
    expected(place, node, "expected is the name of a header");
  } else {
    into = lower_case(node.text);
  }
}

void read_short_text(const Place& place, const Node& node, std::string& into) {
  const bool plain = std::ranges::all_of(node.text, [](char c) { return c >= 0x20 && c < 0x7F; });
  if (node.kind != Node::Kind::kText || !plain || node.text.size() > kShortTextMax) {
    expected(place, node, "expected is a text of printable ASCII, 256 bytes at most");
  } else {
    into = node.text;
  }
}

void complain_unknown(const Place& place, const Member& member, std::span<const std::string_view> known) {
  place.below(member.key)
      .complaints.add(member.at, place.below(shortened(member.key)).path,
                      "is not a key that belongs here" + did_you_mean(member.key, known));
}

void complain_later(const Place& place, const Member& member) {
  place.complaints.add(member.at, place.below(member.key).path, "is not available in this version of Sojourn");
}

nlohmann::json to_json(const Place& place, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return nullptr;
    case Node::Kind::kBoolean:
      return node.boolean;
    case Node::Kind::kInteger:
      return node.integer;
    case Node::Kind::kNumber:
      if (!std::isfinite(node.number)) expected(place, node, "expected is a finite number");
      return node.number;
    case Node::Kind::kText:
      return node.text;
    case Node::Kind::kList: {
      auto list = nlohmann::json::array();
      for (const Node& item : node.items) list.push_back(to_json(place, item));
      return list;
    }
    case Node::Kind::kMap: {
      auto map = nlohmann::json::object();
      for (const Member& member : node.members) map[member.key] = to_json(place.below(member.key), member.value);
      return map;
    }
  }
  return nullptr;
}

}  // namespace sojourn
