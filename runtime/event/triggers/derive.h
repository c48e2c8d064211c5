// What the platform sets of an event that somebody's call or step made: what it came from, and how far.
//
//   causationid    the id of the event that it was made for
//   correlationid  that event's own correlationid, or its id: the same along the whole chain
//   traceparent    of the same trace, with a span of its own
//   sojournhops    how many events stand before it in the chain of causes
//
// Thread: pure functions but for random ids.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {

inline constexpr int kHopsMax = 16;  // events that may stand before one in its chain of causes
inline constexpr std::string_view kHopsAttribute = "sojournhops";

// How many stand before the event. What is no number from 0 to kHopsMax counts as kHopsMax: nobody gets further by it.
int hops_of(const CloudEvent& event);

// Fills it in, from the event that it was made for (null: from no event), with an id and a time where they are missing.
// What the event's maker had said of these four does not count. `traceparent` is that of the call that made it; empty:
// the cause's. kLoopDetected when more than kHopsMax would stand before it.
Status derive(CloudEvent& event, const CloudEvent* cause, std::string_view traceparent, std::int64_t now_ms);

}  // namespace sojourn
