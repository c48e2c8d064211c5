// How single values of a configuration are read: each checks the type, then the range, and complains in words that
// name what was found, what is expected and the limit. On a complaint the target stays as it was.
//
// Thread: any; functions on values.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "loader/config_schema.h"

namespace sojourn {

// "the number 64", "a list", "null": what a complaint calls a node.
std::string describe(const Node& node);

// Complains `is <node>; <expected>` and returns false.
bool expected(const Place& place, const Node& node, std::string_view expectation);
// The same where numbers, or true and false, are expected: a text that is one but for its quotes is told so.
bool expected_number(const Place& place, const Node& node);
bool expected_boolean(const Place& place, const Node& node);
bool is_number(const Node& node);

struct DurationRange {
  std::chrono::milliseconds least, most;
};
struct SizeRange {
  std::uint64_t least, most;  // bytes
};
struct IntegerRange {
  int least, most;
};
struct NumberRange {
  double least, most;
};
void read_duration(const Place& place, const Node& node, DurationRange range, std::chrono::milliseconds& into);
void read_size(const Place& place, const Node& node, SizeRange range, std::uint64_t& into);
void read_integer(const Place& place, const Node& node, IntegerRange range, int& into);
void read_number(const Place& place, const Node& node, NumberRange range, double& into);

// One of `choices`; its index, or a negative number after a complaint.
int read_choice(const Place& place, const Node& node, std::span<const std::string_view> choices);
// The same of an enumeration whose names stand in the order of its values.
template <class T, std::size_t N>
void read_enum(const Place& place, const Node& node, const std::array<std::string_view, N>& names, T& into) {
  const int choice = read_choice(place, node, names);
  if (choice >= 0) into = static_cast<T>(choice);
}
bool read_boolean(const Place& place, const Node& node, bool& into);

// The name of an HTTP header; in lower case.
void read_header_name(const Place& place, const Node& node, std::string& into);
bool is_header_name(std::string_view text);
// Printable ASCII, kShortTextMax at most: it stands in a header, or is signed.
void read_short_text(const Place& place, const Node& node, std::string& into);
inline constexpr std::size_t kShortTextMax = 256;  // bytes

// Complains about the member's key: unknown, with the nearest of `known`.
void complain_unknown(const Place& place, const Member& member, std::span<const std::string_view> known);
// Complains that the key belongs to a later version.
void complain_later(const Place& place, const Member& member);

// The node as JSON; complains about what JSON cannot hold (infinities).
nlohmann::json to_json(const Place& place, const Node& node);

}  // namespace sojourn
