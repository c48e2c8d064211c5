// What a call handed over to be emitted or enqueued, as the platform takes it: for steps and for plain calls alike.
//
// Thread: any; pure functions.
// Errors: kBadRequest with the attribute; kLoopDetected when too many events stand before it.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/call/event_keeper.h"
#include "runtime/event/triggers/intake.h"

namespace sojourn {

// `id` is that of an event which brings none; empty: one is made. `cause`: the event that the call was made for, or
// null; `traceparent` goes on, or where it is empty the cause's.
Result<CloudEvent> emitted_event(EmittedEvent emitted, std::string id, const CloudEvent* cause,
                                 std::string_view traceparent, EpochMs now);

// `queue` empty: for everybody who listens.
Acceptance accept_emitted(const TriggerTable& table, std::string_view queue, const CloudEvent& event, EpochMs now);

}  // namespace sojourn
