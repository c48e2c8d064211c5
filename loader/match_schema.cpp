#include "loader/match_schema.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "loader/event_schema.h"
#include "loader/names.h"
#include "loader/schema_table.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;

// In the order of MatchKind.
constexpr std::array<std::string_view, 8> kDialects = {"exact",   "prefix", "suffix", "exists",
                                                       "numeric", "all",    "any",    "not"};

// The end of a range of numbers, as in {gte: 10}.
constexpr SchemaKey<Match> bound_row(std::string_view name, void (*read)(const Place&, const Node&, Match&),
                                     Json (*write)(const Match&)) {
  return {name, Offered::kNow, read, write};
}

void read_bound(const Place& place, const Node& node, std::optional<double>& into) {
  if (!is_number(node) || !std::isfinite(node.number)) {
    expected_number(place, node);
  } else {
    into = node.number;
  }
}

Json number_or_null(const std::optional<double>& number) {
  return number ? Json(*number) : Json();
}

constexpr SchemaKey<Match> kBoundKeys[] = {
    bound_row(
        "gt", [](const Place& p, const Node& n, Match& m) { read_bound(p, n, m.above); },
        [](const Match& m) { return number_or_null(m.above); }),
    bound_row(
        "gte", [](const Place& p, const Node& n, Match& m) { read_bound(p, n, m.at_least); },
        [](const Match& m) { return number_or_null(m.at_least); }),
    bound_row(
        "lt", [](const Place& p, const Node& n, Match& m) { read_bound(p, n, m.below); },
        [](const Match& m) { return number_or_null(m.below); }),
    bound_row(
        "lte", [](const Place& p, const Node& n, Match& m) { read_bound(p, n, m.at_most); },
        [](const Match& m) { return number_or_null(m.at_most); }),
};

// A JSON scalar; null is what `exists` asks for.
void read_scalar(const Place& place, const Node& node, Match& into) {
  const bool is_attribute = is_attribute_name(into.reference);
  if (node.kind == Node::Kind::kNull) {
    expected(place, node, "a condition is never null; for a missing value use exists: {" + into.reference + ": false}");
  } else if (node.kind == Node::Kind::kList || node.kind == Node::Kind::kMap) {
    expected(place, node, "expected is a text, a number, true or false");
  } else if (is_attribute && node.kind != Node::Kind::kText) {
    expected(place, node, "attributes of events are texts: quote it");
  } else {
    into.value = to_json(place, node).dump();
  }
}

void read_fragment(const Place& place, const Node& node, Match& into) {
  if (node.kind != Node::Kind::kText || node.text.empty()) {
    expected(place, node, "expected is a text that is not empty");
  } else {
    into.text = node.text;
  }
}

void read_range(const Place& place, const Node& node, Match& into) {
  if (is_attribute_name(into.reference)) {
    return place.complain(node, "compares an attribute, which is a text; numbers stand in the data, as in /age");
  }
  if (!read_mapping<Match>(place, node, kBoundKeys, into)) return;
  if (node.members.empty()) place.complain(node, "has no bound: one of gt, gte, lt, lte");
}

void read_condition(const Place& place, const Node& node, Match& into) {
  switch (into.kind) {
    case MatchKind::kExact:
      return read_scalar(place, node, into);
    case MatchKind::kExists:
      read_boolean(place, node, into.wanted);
      return;
    case MatchKind::kNumeric:
      return read_range(place, node, into);
    default:
      return read_fragment(place, node, into);
  }
}

Match read_any_match(const Place& place, const Node& node);

// {REFERENCE: condition, ...}
void read_references(const Place& place, const Node& node, MatchKind kind, std::vector<Match>& into) {
  if (node.kind != Node::Kind::kMap || node.members.empty()) {
    expected(place, node, "expected is a mapping of references, such as type or /user/id, to what is asked of them");
    return;
  }
  for (const Member& member : node.members) {
    Match& condition = into.emplace_back();
    condition.kind = kind;
    condition.reference = member.key;
    const Place here = place.below(member.key);
    if (const std::string fault = fault_of_reference(member.key); !fault.empty()) {
      place.complaints.add(member.at, here.path, fault);
    } else {
      read_condition(here, member.value, condition);
    }
  }
}

Match read_parts(const Place& place, const Node& node, MatchKind kind) {
  Match match;
  match.kind = kind;
  if (kind == MatchKind::kNot) {
    match.parts.push_back(read_any_match(place, node));
  } else if (node.kind != Node::Kind::kList || node.items.empty()) {
    expected(place, node, "expected is a list of matches");
  } else {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      match.parts.push_back(read_any_match(place.item(i), node.items[i]));
    }
  }
  return match;
}

// What a mapping of dialects means: its only condition, or all of them.
Match read_any_match(const Place& place, const Node& node) {
  Match match;
  if (node.kind != Node::Kind::kMap || node.members.empty()) {
    expected(place, node, "expected is a mapping with one of exact, prefix, suffix, exists, numeric, all, any, not");
    return match;
  }
  for (const Member& member : node.members) {
    const auto known = std::ranges::find(kDialects, member.key);
    if (known == kDialects.end()) {
      complain_unknown(place, member, kDialects);
      continue;
    }
    const auto kind = static_cast<MatchKind>(known - kDialects.begin());
    const Place here = place.below(member.key);
    if (kind == MatchKind::kAll || kind == MatchKind::kAny || kind == MatchKind::kNot) {
      match.parts.push_back(read_parts(here, member.value, kind));
    } else {
      read_references(here, member.value, kind, match.parts);
    }
  }
  if (match.parts.size() != 1) return match;
  Match only = std::move(match.parts.front());
  return only;
}

struct Extent {
  int depth = 0;
  int nodes = 0;
};

Extent extent_of(const Match& match) {
  Extent extent{1, 1};
  for (const Match& part : match.parts) {
    const Extent inner = extent_of(part);
    extent.depth = std::max(extent.depth, inner.depth + 1);
    extent.nodes += inner.nodes;
  }
  return extent;
}

Json write_parts(const std::vector<Match>& parts) {
  Json list = Json::array();
  for (const Match& part : parts) list.push_back(write_match(part));
  return list;
}

Json write_condition(const Match& match) {
  switch (match.kind) {
    case MatchKind::kExact:
      return Json::parse(match.value, nullptr, false);
    case MatchKind::kExists:
      return match.wanted;
    case MatchKind::kNumeric:
      return write_mapping<Match>(kBoundKeys, match);
    default:
      return match.text;
  }
}

}  // namespace

void read_match(const Place& place, const Node& node, std::optional<Match>& into) {
  const std::size_t before = place.complaints.count();
  Match match = read_any_match(place, node);
  if (place.complaints.count() != before) return;
  const Extent extent = extent_of(match);
  if (extent.depth > kMatchDepthMax) {
    place.complain(node, "is " + std::to_string(extent.depth) + " levels deep; the limit of a match is " +
                             std::to_string(kMatchDepthMax));
  } else if (extent.nodes > kMatchNodesMax) {
    place.complain(node, "has " + std::to_string(extent.nodes) + " conditions; the limit of a match is " +
                             std::to_string(kMatchNodesMax));
  } else {
    into = std::move(match);
  }
}

Json write_match(const Match& match) {
  const std::string dialect(kDialects[static_cast<std::size_t>(match.kind)]);
  switch (match.kind) {
    case MatchKind::kAll:
    case MatchKind::kAny:
      return Json::object({{dialect, write_parts(match.parts)}});
    case MatchKind::kNot:
      return Json::object({{dialect, write_match(match.parts.front())}});
    default:
      return Json::object({{dialect, Json::object({{match.reference, write_condition(match)}})}});
  }
}

SchemaKeyNames match_key_names() {
  return {"match", {kDialects.begin(), kDialects.end()}, {}};
}

}  // namespace sojourn
