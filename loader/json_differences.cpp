#include "loader/json_differences.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const Json& value) {
  if (value.is_null()) return "none";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool is_list_of_mappings(const Json& json) {
  return json.is_array() && !json.empty() &&
         std::all_of(json.begin(), json.end(), [](const Json& item) { return item.is_object(); });
}

void compare_members(const std::string& path, const Json& before, const Json& after, std::vector<std::string>& lines) {
  for (const auto& [key, value] : before.items()) {
    if (!after.contains(key)) append_differences(path + "." + key, value, Json(), lines);
  }
  for (const auto& [key, value] : after.items()) {
    append_differences(path + "." + key, before.contains(key) ? before[key] : Json(), value, lines);
  }
}

void compare_items(const std::string& path, const Json& before, const Json& after, std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const std::string item = path + "[" + std::to_string(i) + "]";
    if (i >= before.size()) {
      lines.push_back(item + " added");
    } else if (i >= after.size()) {
      lines.push_back(item + " removed");
    } else {
      append_differences(item, before[i], after[i], lines);
    }
  }
}

}  // namespace

void append_whole_difference(const std::string& path, const Json& before, const Json& after,
                             std::vector<std::string>& lines) {
  if (before != after) lines.push_back(path + " " + shown(before) + " → " + shown(after));
}

void append_differences(const std::string& path, const Json& before, const Json& after,
                        std::vector<std::string>& lines) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) return compare_members(path, before, after, lines);
  if (is_list_of_mappings(before) && is_list_of_mappings(after)) return compare_items(path, before, after, lines);
  append_whole_difference(path, before, after, lines);
}

}  // namespace sojourn
