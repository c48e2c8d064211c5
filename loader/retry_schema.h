// How `retry` is read and written:
//
//   retry: {attempts: 5, backoff: {kind: exponential, initial: 1s, factor: 2, max: 2m, jitter: full}}
//
// Thread: any; functions on values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "loader/config_schema.h"
#include "loader/retry_policy.h"

namespace sojourn {

// What is left out stays as it is in `into`. On a complaint `into` stays whole.
void read_retry(const Place& place, const Node& node, RetryPolicy& into);
nlohmann::ordered_json write_retry(const RetryPolicy& from);

std::vector<SchemaKeyNames> retry_key_names();  // `retry`, `backoff`

}  // namespace sojourn
