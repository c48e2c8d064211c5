#include "loader/function_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "loader/config_schema.h"
#include "loader/json_differences.h"
#include "loader/schema_values.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;

Result<FunctionConfig> read_onto(const FunctionConfig& base, const Node& node, Nulls nulls) {
  Complaints complaints("");
  const Place top{complaints, "", nulls};
  FunctionConfig config = base;
  if (node.kind == Node::Kind::kMap) {
    read_function(top, node, config);
  } else {
    expected(top, node, "expected is a mapping of configuration keys");
  }
  if (!complaints.empty()) return complaints.error();
  return config;
}

// The member of that name, made when it is missing.
Node& member_of(Node& map, const std::string& key) {
  map.kind = Node::Kind::kMap;
  for (Member& member : map.members) {
    if (member.key == key) return member.value;
  }
  return map.members.emplace_back(Member{key, {}, {}}).value;
}

// The member of a path such as `instances.max`; the name of a variable is what follows `env.`, whatever is in it.
Node& node_of(Node& map, const std::string& path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string::npos) return member_of(map, path);
  Node& first = member_of(map, path.substr(0, dot));
  const std::string rest = path.substr(dot + 1);
  return path.starts_with("env.") ? member_of(first, rest) : node_of(first, rest);
}

Node text_node(std::string_view text) {
  Node node;
  node.kind = Node::Kind::kText;
  node.text = text;
  return node;
}

// `a,b` as a list of texts; nothing at all as the empty list.
Node text_list(std::string_view text) {
  Node list;
  list.kind = Node::Kind::kList;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    list.items.push_back(text_node(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

Result<Node> option_value(const std::string& key, const std::string& value) {
  const bool is_document = value.starts_with('{') || value.starts_with('[');
  if (key.starts_with("env.")) return text_node(value);
  if (key == "with" || is_document) {
    Complaints complaints(key);
    auto node = parse_document(value, complaints);
    if (!node) return complaints.error();
    return std::move(*node);
  }
  const bool is_list = key == "secrets" || key == "emits" || key == "enqueues";
  return is_list ? text_list(value) : plain_scalar(value);
}

void compare_env(const FunctionConfig& before, const FunctionConfig& after, std::vector<std::string>& lines) {
  for (const auto& [name, value] : before.env) {
    const auto now = after.env.find(name);
    if (now == after.env.end()) lines.push_back("env." + name + " removed");
    if (now != after.env.end() && now->second != value) lines.push_back("env." + name + " changed");
  }
  for (const auto& [name, value] : after.env) {
    if (!before.env.contains(name)) lines.push_back("env." + name + " added");
  }
}

// These are read as one sentence; the rest member by member.
bool is_one_value(std::string_view key) {
  return key == "with" || key == "access" || key == "cors" || key == "decorators";
}

}  // namespace

Json config_to_json(const FunctionConfig& config) {
  Json json = Json::object();
  for (const auto& key : function_keys()) {
    if (key.offered == Offered::kLater) continue;
    Json value = key.write(config);
    if (!value.is_null()) json[std::string(key.name)] = std::move(value);
  }
  return json;
}

std::string config_json(const FunctionConfig& config) {
  return config_to_json(config).dump();
}

Result<FunctionConfig> config_from_json(const nlohmann::json& json) {
  return read_onto(FunctionConfig{}, node_of_json(json), Nulls::kRefused);
}

Result<FunctionConfig> config_from_json(std::string_view text) {
  Complaints complaints("");
  const auto node = parse_document(text, complaints);
  if (!node) return complaints.error();
  return read_onto(FunctionConfig{}, *node, Nulls::kRefused);
}

Result<FunctionConfig> with_options(const FunctionConfig& base, std::string_view json_object) {
  Complaints complaints("");
  const auto node = parse_document(json_object, complaints);
  if (!node) return complaints.error();
  return read_onto(base, *node, Nulls::kResets);
}

Result<FunctionConfig> with_options(const FunctionConfig& base, const Options& options) {
  Node map;
  map.kind = Node::Kind::kMap;
  for (const auto& [key, value] : options) {
    auto node = option_value(key, value);
    if (!node) return node.error();
    node_of(map, key) = std::move(*node);
  }
  return read_onto(base, map, Nulls::kResets);
}

std::vector<std::string> differences(const FunctionConfig& before, const FunctionConfig& after) {
  std::vector<std::string> lines;
  for (const auto& key : function_keys()) {
    if (key.offered == Offered::kLater) continue;
    if (key.name == "env") {
      compare_env(before, after, lines);
    } else {
      const auto append = is_one_value(key.name) ? append_whole_difference : append_differences;
      append(std::string(key.name), key.write(before), key.write(after), lines);
    }
  }
  return lines;
}

}  // namespace sojourn
