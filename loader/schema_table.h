// How a mapping is read and written by a table of its keys: every member is found by name, unknown ones are refused
// with the nearest name, and those of a later version by theirs. A table is a constant array of SchemaKey rows.
//
// Thread: any; functions on values.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/config_schema.h"
#include "loader/schema_values.h"

namespace sojourn {

template <class T>
std::vector<std::string_view> names_of(std::span<const SchemaKey<T>> keys, Offered offered) {
  std::vector<std::string_view> names;
  for (const SchemaKey<T>& key : keys) {
    if (key.offered == offered) names.push_back(key.name);
  }
  return names;
}

template <class T>
SchemaKeyNames key_names(std::string_view where, std::span<const SchemaKey<T>> keys) {
  return {where, names_of(keys, Offered::kNow), names_of(keys, Offered::kLater)};
}

// Reads the mapping's members by the table; those in `apart` are somebody else's.
// REQUIRES: `node` is a mapping.
template <class T>
void read_members(const Place& place, const Node& node, std::span<const SchemaKey<T>> keys,
                  std::span<const std::string_view> apart, T& into) {
  for (const Member& member : node.members) {
    if (std::find(apart.begin(), apart.end(), member.key) != apart.end()) continue;
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.name == member.key; });
    if (key == keys.end()) {
      auto known = names_of(keys, Offered::kNow);
      known.insert(known.end(), apart.begin(), apart.end());
      complain_unknown(place, member, known);
    } else if (key->offered == Offered::kLater) {
      complain_later(place, member);
    } else {
      key->read(place.below(key->name), member.value, into);
    }
  }
}

// The same of a node that may be something else than a mapping, which is complained about. False then.
template <class T>
bool read_mapping(const Place& place, const Node& node, std::span<const SchemaKey<T>> keys, T& into,
                  std::span<const std::string_view> apart = {}) {
  if (node.kind == Node::Kind::kMap) {
    read_members(place, node, keys, apart, into);
    return true;
  }
  std::string list;
  for (std::string_view name : apart) list.append(list.empty() ? "" : ", ").append(name);
  for (std::string_view name : names_of(keys, Offered::kNow)) list.append(list.empty() ? "" : ", ").append(name);
  return expected(place, node, "expected is a mapping with " + list);
}

// What the rows say of `from`; a row that says null leaves its key out.
template <class T>
nlohmann::ordered_json write_mapping(std::span<const SchemaKey<T>> keys, const T& from) {
  auto map = nlohmann::ordered_json::object();
  for (const SchemaKey<T>& key : keys) {
    if (key.offered == Offered::kLater) continue;
    auto value = key.write(from);
    if (!value.is_null()) map[std::string(key.name)] = std::move(value);
  }
  return map;
}

}  // namespace sojourn
