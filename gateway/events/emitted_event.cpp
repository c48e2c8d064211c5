#include "gateway/events/emitted_event.h"

#include <string>
#include <utility>

#include "runtime/event/envelope/attribute_text.h"
#include "runtime/event/triggers/intake.h"

namespace sojourn {
namespace {

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
  CloudEvent event;
  for (auto& [name, value] : emitted.attributes) {
    if (Status put = put_attribute(event, name, std::move(value)); !put.ok()) return put.error();
  }
  event.source = std::move(emitted.source);
  event.data = std::move(emitted.data);
  const bool has_cause = !by.cause.empty() && by.hops > 0;
  const CloudEvent cause = has_cause ? cause_of(by) : CloudEvent();
  if (Status derived = derive(event, has_cause ? &cause : nullptr, by.traceparent, now); !derived.ok()) {
    return derived.error();
  }
  if (Status whole = check_event(event); !whole.ok()) return whole.error();
  return event;
}

}  // namespace sojourn
