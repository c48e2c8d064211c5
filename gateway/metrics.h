// /metrics: every number that the gateway and its runtime keep, as Prometheus text. docs/metrics.md lists them.
//
// Thread: the worker's loop; counters of other loops are read while they grow.
#pragma once

#include <string>

namespace sojourn {

class Worker;
struct EventFigures;

std::string render_metrics(Worker& worker, const EventFigures& events);

}  // namespace sojourn
