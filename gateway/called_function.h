// Which function a step of a run calls: where its log lines are.
//
// Thread: any; the route table is immutable.
#pragma once

#include <string>
#include <string_view>

#include "gateway/route_table.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

// NAME@7 by what the run keeps to; empty where the step calls none, or what the run keeps to is gone.
std::string called_function(const RouteTable& routes, const RunView& run, std::string_view step);

}  // namespace sojourn
