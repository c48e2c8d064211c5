#include "gateway/events/emitted_event.h"

#include <string>
#include <utility>

#include "runtime/event/dispatch/emitted.h"
#include "runtime/sandbox/host/nested_parser.h"

namespace sojourn {
namespace {

static_assert(kEmittedNameMax == kAttributeNameMax, "a function may pass on every event that it was brought");

// As much of the event that the call was made for as its successors inherit.
CloudEvent cause_of(const EmittedBy& by) {
  CloudEvent cause;
  cause.id = by.cause;
  if (!by.correlation.empty()) cause.attributes["correlationid"] = by.correlation;
  cause.attributes[std::string(kHopsAttribute)] = std::to_string(by.hops - 1);
  return cause;
}

}  // namespace

Result<CloudEvent> to_event(const EmittedBy& by, EmittedEvent emitted, EpochMs now) {
  const bool has_cause = !by.cause.empty() && by.hops > 0;
  const CloudEvent cause = has_cause ? cause_of(by) : CloudEvent();
  return emitted_event(std::move(emitted), {}, has_cause ? &cause : nullptr, by.traceparent, now);
}

}  // namespace sojourn
