// A JSON object of numbers as Prometheus' text exposition format
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "functions/json_body.h"

namespace built_in {

bool is_metric_name(std::string_view name);

// One gauge per number, true or false; members that are neither are left out. Characters that a metric's name cannot
// have become `_`; of two members that then have one name the first counts.
std::string prometheus_text(const Json& numbers, std::string_view prefix);

}  // namespace built_in
