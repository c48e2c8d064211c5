#include "runtime/event/dispatch/emitted.h"

#include <utility>

#include "runtime/event/envelope/cloud_event.h"

namespace sojourn {

Result<CloudEvent> emitted_event(EmittedEvent emitted, std::string id, const CloudEvent* cause,
                                 std::string_view traceparent, EpochMs now) {
  CloudEvent event;
  for (auto& [name, value] : emitted.attributes) {
    if (Status put = put_attribute(event, name, std::move(value)); !put.ok()) return put.error();
  }
  event.source = std::move(emitted.source);
  event.data = std::move(emitted.data);
  if (event.id.empty()) event.id = std::move(id);
  if (Status derived = derive(event, cause, traceparent, now); !derived.ok()) return derived.error();
  if (Status whole = check_event(event); !whole.ok()) return whole.error();
  return event;
}

Acceptance accept_emitted(const TriggerTable& table, std::string_view queue, const CloudEvent& event, EpochMs now) {
  return queue.empty() ? accept_published(table, event, now) : accept_enqueued(table, queue, event, now);
}

}  // namespace sojourn
