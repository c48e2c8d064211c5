// An EventMatcher decides whether an event is meant: a Match, made ready once and asked for each event.
//
//   exact            an attribute by its text; in the data a string, number or truth that is equal, numbers by value
//   prefix suffix    of an attribute, or of a string in the data
//   numeric          a number in the data; attributes are text
//   exists           whether there is a value; null is one
//   all any not      of matches
//
// What is missing, or of another type than the condition's, makes it false, but for `exists: false`; `not` of that is
// true. Nothing is converted.
//
// Thread: any; it does not change.
// Bounds: kMatchDepthMax levels and kMatchNodesMax conditions; each looks at one value.
// Errors: kRefused when a match has more.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "loader/match.h"
#include "runtime/base/result.h"
#include "runtime/event/triggers/event_values.h"

namespace sojourn {

// Which types an event must have, or begin with, so that a match can hold: for an index.
struct TypeDemand {
  std::set<std::string> exact;
  std::set<std::string> prefixes;
};

class EventMatcher {
 public:
  static Result<EventMatcher> compile(const Match& match);

  bool matches(EventValues& values) const { return holds(root_, values); }
  // Nothing: it may hold for any type. Empty: for none.
  std::optional<TypeDemand> demand() const { return demand_of(root_); }

 private:
  struct Node {
    MatchKind kind = MatchKind::kAll;
    std::string reference;
    bool is_data = false;
    nlohmann::json value;  // kExact
    std::string text;      // kPrefix, kSuffix, and kExact as an attribute has it
    bool wanted = true;
    std::optional<double> above, at_least, below, at_most;
    std::vector<Node> parts;
  };

  explicit EventMatcher(Node root) : root_(std::move(root)) {}
  static Node node_of(const Match& match);
  static bool holds(const Node& node, EventValues& values);
  static bool holds_for_attribute(const Node& node, const std::optional<std::string_view>& value);
  static bool holds_for_data(const Node& node, const nlohmann::json* value);
  static bool is_within(const Node& node, const nlohmann::json& value);
  static std::optional<TypeDemand> demand_of(const Node& node);
  static std::optional<TypeDemand> demand_of_any(const Node& node);

  Node root_;
};

}  // namespace sojourn
