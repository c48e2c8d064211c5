// What a function emitted, as a CloudEvent: the platform says whose it is and what it came from.
//
// Thread: pure functions; any thread.
// Errors: kBadRequest with the attribute; kLoopDetected when too many events stand before it.
#pragma once

#include "runtime/base/result.h"
#include "runtime/call/event_keeper.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

Result<CloudEvent> to_event(const EmittedBy& by, EmittedEvent emitted, EpochMs now);

}  // namespace sojourn
