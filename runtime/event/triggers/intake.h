// What an event becomes in the journal: its row, the names under which it is recognised when it comes again, and the
// runs that it begins.
//
// Thread: any; pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/records.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

inline constexpr int kHopsMax = 16;  // events that may stand before one in its chain of causes
inline constexpr std::string_view kHopsAttribute = "sojournhops";
inline constexpr EpochMs kDedupeDefault = 72LL * 3'600'000;  // milliseconds; where no pipeline says otherwise

// The row of an event, and the event of a row. `data` is the blob's content for a row that has one.
EventRecord to_record(const CloudEvent& event);
Result<CloudEvent> to_event(const EventRecord& record);

// An event for everybody who listens: recognised by (source, id), begins a run of each trigger that it matches.
Acceptance accept_published(const TriggerTable& table, const CloudEvent& event, EpochMs now);
// An item of a queue: begins a run of the pipeline that takes from it, or waits in the queue's own lane.
Acceptance accept_enqueued(const TriggerTable& table, std::string_view queue, const CloudEvent& event, EpochMs now);
// An event for one trigger alone: a webhook, a schedule, a file. Nothing when the trigger's match does not want it.
// `more` stands beside (source, id).
std::optional<Acceptance> accept_for(const TriggerTable& table, const BoundTrigger& trigger, const CloudEvent& event,
                                     std::vector<DedupeKey> more, EpochMs now);

// Fills in what the platform sets of an event that somebody's call or step made: an id and time where they are missing,
// `causationid`, `correlationid`, `traceparent` and the count of hops, from the event that it was made for (null: from
// no event). kLoopDetected when that is more than kHopsMax.
Status derive(CloudEvent& event, const CloudEvent* cause, std::string_view traceparent, EpochMs now);

}  // namespace sojourn
