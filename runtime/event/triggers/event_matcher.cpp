#include "runtime/event/triggers/event_matcher.h"

#include <algorithm>

namespace sojourn {
namespace {

using nlohmann::json;

// Counts the conditions; more than kMatchNodesMax as soon as there are too many, or the depth is too great.
int count_nodes(const Match& match, int depth) {
  if (depth > kMatchDepthMax) return kMatchNodesMax + 1;
  int nodes = 1;
  for (const Match& part : match.parts) {
    nodes += count_nodes(part, depth + 1);
    if (nodes > kMatchNodesMax) break;
  }
  return nodes;
}

std::size_t width(const TypeDemand& demand) {
  return demand.exact.size() + demand.prefixes.size();
}

}  // namespace

Result<EventMatcher> EventMatcher::compile(const Match& match) {
  if (count_nodes(match, 1) > kMatchNodesMax) {
    return Error(ErrorCode::kRefused, "a match has at most " + std::to_string(kMatchDepthMax) + " levels and " +
                                          std::to_string(kMatchNodesMax) + " conditions");
  }
  return EventMatcher(node_of(match));
}

EventMatcher::Node EventMatcher::node_of(const Match& match) {
  Node node{match.kind,
            match.reference,
            is_data_reference(match.reference),
            {},
            match.text,
            match.wanted,
            match.above,
            match.at_least,
            match.below,
            match.at_most,
            {}};
  if (match.kind == MatchKind::kExact) {
    node.value = json::parse(match.value, nullptr, false);
    node.text = node.value.is_string() ? node.value.get<std::string>() : match.value;
  }
  for (const Match& part : match.parts) node.parts.push_back(node_of(part));
  return node;
}

bool EventMatcher::holds(const Node& node, EventValues& values) {
  const auto part_holds = [&](const Node& part) { return holds(part, values); };
  switch (node.kind) {
    case MatchKind::kAll:
      return std::all_of(node.parts.begin(), node.parts.end(), part_holds);
    case MatchKind::kAny:
      return std::any_of(node.parts.begin(), node.parts.end(), part_holds);
    case MatchKind::kNot:
      return std::none_of(node.parts.begin(), node.parts.end(), part_holds);
    default:
      return node.is_data ? holds_for_data(node, values.data(node.reference))
                          : holds_for_attribute(node, values.attribute(node.reference));
  }
}

bool EventMatcher::holds_for_attribute(const Node& node, const std::optional<std::string_view>& value) {
  if (node.kind == MatchKind::kExists) return value.has_value() == node.wanted;
  if (!value) return false;
  switch (node.kind) {
    case MatchKind::kExact:
      return *value == node.text;
    case MatchKind::kPrefix:
      return value->starts_with(node.text);
    case MatchKind::kSuffix:
      return value->ends_with(node.text);
    default:
      return false;
  }
}

bool EventMatcher::holds_for_data(const Node& node, const json* value) {
  if (node.kind == MatchKind::kExists) return (value != nullptr) == node.wanted;
  if (value == nullptr) return false;
  switch (node.kind) {
    case MatchKind::kExact:
      return value->is_primitive() && !value->is_null() && *value == node.value;
    case MatchKind::kPrefix:
      return value->is_string() && std::string_view(value->get_ref<const std::string&>()).starts_with(node.text);
    case MatchKind::kSuffix:
      return value->is_string() && std::string_view(value->get_ref<const std::string&>()).ends_with(node.text);
    case MatchKind::kNumeric:
      return value->is_number() && is_within(node, *value);
    default:
      return false;
  }
}

// As doubles, which the bounds are.
bool EventMatcher::is_within(const Node& node, const json& value) {
  const double number = value.get<double>();
  return (!node.above || number > *node.above) && (!node.at_least || number >= *node.at_least) &&
         (!node.below || number < *node.below) && (!node.at_most || number <= *node.at_most);
}

std::optional<TypeDemand> EventMatcher::demand_of(const Node& node) {
  if (node.kind == MatchKind::kAny) return demand_of_any(node);
  if (node.kind == MatchKind::kAll) {
    // Each part has to hold, so that any part's demand is the whole's; the narrowest says most.
    std::optional<TypeDemand> narrowest;
    for (const Node& part : node.parts) {
      auto demand = demand_of(part);
      if (demand && (!narrowest || width(*demand) < width(*narrowest))) narrowest = std::move(demand);
    }
    return narrowest;
  }
  if (node.reference != "type") return std::nullopt;
  if (node.kind == MatchKind::kExact) return TypeDemand{{node.text}, {}};
  if (node.kind == MatchKind::kPrefix && !node.text.empty()) return TypeDemand{{}, {node.text}};
  return std::nullopt;
}

std::optional<TypeDemand> EventMatcher::demand_of_any(const Node& node) {
  TypeDemand together;
  for (const Node& part : node.parts) {
    auto demand = demand_of(part);
    if (!demand) return std::nullopt;
    together.exact.merge(demand->exact);
    together.prefixes.merge(demand->prefixes);
  }
  return together;
}

}  // namespace sojourn
