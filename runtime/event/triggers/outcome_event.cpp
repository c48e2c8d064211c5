#include "runtime/event/triggers/outcome_event.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/event/triggers/intake.h"

namespace sojourn {
namespace {

std::string data_of(const EndedCall& call) {
  nlohmann::ordered_json data = {
      {"function", call.function}, {"version", call.version}, {"callId", call.call_id}, {"status", call.status}};
  if (!call.error.empty()) data["error"] = call.error;
  return data.dump();
}

}  // namespace

Result<std::optional<Acceptance>> accept_outcome(const TriggerTable& table, const EndedCall& call,
                                                 const CloudEvent* cause, EpochMs now) {
  if (!table.is_followed(call.function)) return std::optional<Acceptance>();
  CloudEvent event;
  event.source = "/functions/" + call.function;
  event.type = call.outcome == CallOutcome::kSuccess ? "io.sojourn.function.succeeded" : "io.sojourn.function.failed";
  event.attributes["datacontenttype"] = "application/json";
  event.data = data_of(call);
  const Status derived = derive(event, cause, call.traceparent, now);
  Acceptance acceptance;
  acceptance.runs = table.runs_after(call.function, call.outcome, event);
  if (acceptance.runs.empty()) return std::optional<Acceptance>();
  if (!derived.ok()) return derived.error();
  acceptance.event = to_record(event);
  return std::optional(std::move(acceptance));
}

}  // namespace sojourn
