#include "loader/chain_schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "loader/names.h"
#include "loader/quantity.h"
#include "loader/schema_values.h"

namespace sojourn {
namespace {

constexpr std::array<std::string_view, 3> kUseKeys = {"use", "with", "fuse"};

bool read_use(const Place& place, const Node& node, DecoratorUse& into) {
  if (node.kind != Node::Kind::kText || !parse_use(node.text)) {
    return expected(place, node, "expected is a decorator's name, or NAME@N for one of its versions");
  }
  into.use = node.text;
  return true;
}

bool read_use_with(const Place& place, const Node& node, DecoratorUse& into) {
  if (node.kind != Node::Kind::kMap) return expected(place, node, "expected is a mapping");
  std::string text = to_json(place, node).dump();
  if (text.size() > kWithTextMax) {
    place.complain(
        node, "takes " + std::to_string(text.size()) + " bytes as JSON; the limit is " + format_size(kWithTextMax));
    return false;
  }
  into.with = std::move(text);
  return true;
}

bool read_member(const Place& place, const Member& member, DecoratorUse& into) {
  const Place here = place.below(member.key);
  if (member.key == "use") return read_use(here, member.value, into);
  if (member.key == "with") return read_use_with(here, member.value, into);
  if (member.key == "fuse") return read_boolean(here, member.value, into.fuse);
  complain_unknown(place, member, kUseKeys);
  return false;
}

bool read_decorator(const Place& place, const Node& node, DecoratorUse& into) {
  if (node.kind == Node::Kind::kText) return read_use(place, node, into);
  if (node.kind != Node::Kind::kMap) {
    return expected(place, node, "expected is a decorator's name, or a mapping with use, with, fuse");
  }
  bool good = true;
  for (const Member& member : node.members) good &= read_member(place, member, into);
  if (good && into.use.empty()) {
    place.complain(node, "has no `use`, the name of a decorator");
    return false;
  }
  return good;
}

bool is_list(const Place& place, const Node& node, std::size_t most, std::string_view expectation) {
  if (node.kind != Node::Kind::kList) return expected(place, node, expectation);
  if (node.items.size() <= most) return true;
  place.complain(node, "has " + std::to_string(node.items.size()) + " entries; the limit is " + std::to_string(most));
  return false;
}

bool resets(const Place& place, const Node& node) {
  return node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets;
}

}  // namespace

std::optional<UseReference> parse_use(std::string_view use) {
  const std::size_t at = use.find('@');
  UseReference reference{use.substr(0, at)};
  if (!is_name(reference.name)) return std::nullopt;
  if (at == std::string_view::npos) return reference;
  const std::string_view number = use.substr(at + 1);
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), reference.number);
  if (failed != std::errc() || end != number.data() + number.size() || reference.number < 1) return std::nullopt;
  return reference;
}

void read_decorators(const Place& place, const Node& node, FunctionConfig& config) {
  if (resets(place, node)) return config.decorators.clear();
  if (!is_list(place, node, kDecoratorsMax, "expected is a list of decorators, outermost first")) return;
  std::vector<DecoratorUse> uses;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    DecoratorUse use;
    if (read_decorator(place.item(i), node.items[i], use)) uses.push_back(std::move(use));
  }
  config.decorators = std::move(uses);
}

nlohmann::ordered_json write_decorators(const FunctionConfig& config) {
  if (config.decorators.empty()) return {};
  auto list = nlohmann::ordered_json::array();
  for (const DecoratorUse& use : config.decorators) {
    nlohmann::ordered_json item = {{"use", use.use}};
    if (!use.with.empty()) item["with"] = nlohmann::ordered_json::parse(use.with, nullptr, false);
    if (use.fuse) item["fuse"] = true;
    list.push_back(std::move(item));
  }
  return list;
}

void read_calls(const Place& place, const Node& node, FunctionConfig& config) {
  if (resets(place, node)) return config.calls.clear();
  if (!is_list(place, node, kCallsMax, "expected is a list of functions")) return;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    const Place here = place.item(i);
    if (item.kind != Node::Kind::kText || !is_name(item.text)) {
      expected(here, item, "expected is a function's name");
    } else if (std::find(names.begin(), names.end(), item.text) != names.end()) {
      here.complain(item, "names `" + item.text + "` a second time");
    } else {
      names.push_back(item.text);
    }
  }
  config.calls = std::move(names);
}

}  // namespace sojourn
