// A guard's options are declared once, as a table of keys: what each is called and how it is read, with its type, its
// range and its complaint. Deploys check `with:` against it, and the guard is made from what it read.
//
// Thread: any; pure functions.
// Errors: kRefused; the first mistake as `KEY: what is wrong`, or `what is wrong` for the whole.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/document.h"
#include "loader/schema_values.h"
#include "runtime/base/call_reference.h"
#include "runtime/base/result.h"

namespace sojourn {

template <class T>
struct OptionKey {
  std::string_view name;
  void (*read)(const Place& place, const Node& node, T& into);
};

// The options as `with` (JSON text, or empty) says them. `check` sees them whole, when every key was right.
template <class T>
Result<T> read_options(std::string_view with, std::span<const OptionKey<T>> keys,
                       void (*check)(const Place& place, const Node& node, const T& options));

// The members of a mapping, each by its row.
template <class T>
void read_members(const Place& place, const Node& node, std::span<const OptionKey<T>> keys, T& into) {
  if (node.kind != Node::Kind::kMap) {
    expected(place, node, "expected is a mapping");
    return;
  }
  for (const Member& member : node.members) {
    const auto key = std::ranges::find(keys, member.key, &OptionKey<T>::name);
    if (key != keys.end()) {
      key->read(place.below(key->name), member.value, into);
    } else {
      std::vector<std::string_view> known;
      for (const OptionKey<T>& one : keys) known.push_back(one.name);
      complain_unknown(place, member, known);
    }
  }
}

// Values that several guards have.
void read_reference(const Place& place, const Node& node, std::optional<CallReference>& into);
void read_target(const Place& place, const Node& node, std::string& into);         // NAME or NAME@N
void read_statuses(const Place& place, const Node& node, std::vector<int>& into);  // a list of 400 to 599
void read_flag(const Place& place, const Node& node, bool& into);

namespace detail {
std::optional<Node> parse_with(std::string_view with, Complaints& complaints);
Error first_of(const Complaints& complaints);
}  // namespace detail

template <class T>
Result<T> read_options(std::string_view with, std::span<const OptionKey<T>> keys,
                       void (*check)(const Place& place, const Node& node, const T& options)) {
  Complaints complaints("");
  const Place place{complaints, ""};
  T options;
  const std::optional<Node> node = detail::parse_with(with, complaints);
  if (!node) return detail::first_of(complaints);
  read_members(place, *node, keys, options);
  if (complaints.empty()) check(place, *node, options);
  if (!complaints.empty()) return detail::first_of(complaints);
  return options;
}

}  // namespace sojourn
