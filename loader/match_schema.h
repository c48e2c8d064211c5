// How `match` is read and written: the dialects of CloudEvents Subscriptions, and `exists` and `numeric`.
//
//   match: {exact: {type: user.created}, numeric: {/age: {gte: 18}}, not: {exists: {/test: true}}}
//
// Members of one mapping all have to hold, and so have the references inside one of them.
//
// Thread: any; functions on values.
// Bounds: kMatchDepthMax levels, kMatchNodesMax conditions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "loader/config_schema.h"
#include "loader/match.h"

namespace sojourn {

void read_match(const Place& place, const Node& node, std::optional<Match>& into);

// What read_match reads as the same again.
nlohmann::ordered_json write_match(const Match& match);

// The dialects, as `match`.
SchemaKeyNames match_key_names();

}  // namespace sojourn
