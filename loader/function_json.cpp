#include "loader/function_json.h"

#include <nlohmann/json.hpp>

#include "loader/config_schema.h"
#include "loader/schema_values.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;

// REQUIRES: the JSON is no deeper than kDocumentDepthMax; it is our own, or came through parse_document.
Node to_node(const nlohmann::json& json) {
  Node node;
  if (json.is_string()) {
    node.kind = Node::Kind::kText;
    node.text = json.get<std::string>();
  } else if (json.is_object()) {
    node.kind = Node::Kind::kMap;
    for (const auto& [key, value] : json.items()) node.members.push_back({key, {}, to_node(value)});
  } else if (json.is_array()) {
    node.kind = Node::Kind::kList;
    for (const auto& value : json) node.items.push_back(to_node(value));
  } else {
    node = plain_scalar(json.dump());
  }
  return node;
}

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

Result<Node> option_value(const std::string& key, const std::string& value) {
  if (key == "with") {
    Complaints complaints("with");
    auto node = parse_document(value, complaints);
    if (!node) return complaints.error();
    return std::move(*node);
  }
  if (!key.starts_with("env.")) return plain_scalar(value);
  Node text;
  text.kind = Node::Kind::kText;
  text.text = value;
  return text;
}

std::string shown(const Json& value) {
  if (value.is_null()) return "none";
  return value.is_string() ? value.get<std::string>() : value.dump();
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

void compare(const std::string& path, const Json& before, const Json& after, std::vector<std::string>& lines) {
  if (before == after) return;
  if (before.is_object() && after.is_object() && path != "with") {
    for (const auto& [key, value] : after.items()) {
      compare(path + "." + key, before.contains(key) ? before[key] : Json(), value, lines);
    }
    return;
  }
  lines.push_back(path + " " + shown(before) + " → " + shown(after));
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
  return read_onto(FunctionConfig{}, to_node(json), Nulls::kRefused);
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
    const std::size_t dot = key.find('.');
    Node& first = member_of(map, key.substr(0, dot));
    (dot == std::string::npos ? first : member_of(first, key.substr(dot + 1))) = std::move(*node);
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
      compare(std::string(key.name), key.write(before), key.write(after), lines);
    }
  }
  return lines;
}

}  // namespace sojourn
