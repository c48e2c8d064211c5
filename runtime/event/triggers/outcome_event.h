// How a call ended, as an event for those who follow the function: type io.sojourn.function.succeeded or .failed,
// source /functions/NAME, data {function, version, callId, status, error?}. It begins runs of `function` triggers and
// of nothing else.
//
// Thread: pure functions; any thread.
#pragma once

#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/records.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

struct EndedCall {
  std::string function;
  int version = 0;
  std::string call_id;
  std::string traceparent;                      // or empty
  CallOutcome outcome = CallOutcome::kSuccess;  // never kAny
  int status = 200;                             // HTTP
  std::string error;                            // of a failure: its kind (docs/retries.md)
};

// Nothing when nobody follows calls that end so. `cause`: the event that the call was made for, or null. kLoopDetected
// when somebody does, and the chain of causes is too long already.
Result<std::optional<Acceptance>> accept_outcome(const TriggerTable& table, const EndedCall& call,
                                                 const CloudEvent* cause, EpochMs now);

}  // namespace sojourn
