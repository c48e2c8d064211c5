// What an event becomes in the journal: its row, the names under which it is recognised when it comes again, and the
// runs that it begins.
//
// Thread: any; pure functions but for the random ids.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/records.h"
#include "runtime/event/triggers/derive.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

inline constexpr EpochMs kDedupeDefault = 72LL * 3'600'000;  // milliseconds; where no pipeline says otherwise

inline constexpr std::string_view kQueueBatchType = "io.sojourn.queue.batch";

// --- rows -----------------------------------------------------------------------------------------------------------

// The row of an event, with its data however long: who accepts it moves what is longer than kInlineDataMax.
EventRecord to_record(const CloudEvent& event);
// The event of a row, whose `data` was put back if it was moved. kInternal: it is no row of an event.
Result<CloudEvent> to_event(const EventRecord& record);

// --- names ----------------------------------------------------------------------------------------------------------

// Of an event of the bus, an item of a queue, what a pipeline's webhook or files brought, a body that is not signed
// with an id, and a schedule's time (milliseconds). No two different lists make the same name.
std::string published_name(std::string_view source, std::string_view id);
std::string queued_name(std::string_view queue, std::string_view source, std::string_view id);
std::string hook_name(std::string_view pipeline, std::string_view source, std::string_view id);
std::string body_name(std::string_view pipeline, const Digest& body);
std::string cron_name(std::string_view pipeline, std::size_t trigger, EpochMs time);

// Whether only functions and pipelines of this server have such a source, so that of somebody else it is a claim.
bool is_own_source(std::string_view source);

// --- acceptance -----------------------------------------------------------------------------------------------------

// An event for everybody who listens: recognised by (source, id) for the longest window of the pipelines that it
// begins runs of, and begins one run of each that it matches.
//
// Who publishes from outside and claims the source of one of our own makes an event of that name beside ours: it is
// recognised among its like, and never keeps ours from being accepted.
enum class Origin { kOurs, kOutside };
Acceptance accept_published(const TriggerTable& table, const CloudEvent& event, EpochMs now,
                            Origin origin = Origin::kOurs);
// An item of a queue, recognised by (source, id) within the queue: begins a run of the pipeline that takes from it, or
// waits in the queue's own lane when nobody does, or when items are taken several at once. An item that the consumer's
// match does not want is kept, and begins nothing. Where the consumer has a key, an item keeps behind those that wait.
Acceptance accept_enqueued(const TriggerTable& table, std::string_view queue, const CloudEvent& event, EpochMs now,
                           Origin origin = Origin::kOurs);
// An event for one trigger alone: a webhook, a schedule, a file. Nothing when the trigger's match does not want it.
// `more` stands beside (source, id), which counts within the pipeline.
std::optional<Acceptance> accept_for(const TriggerTable& table, const BoundTrigger& trigger, const CloudEvent& event,
                                     std::vector<DedupeKey> more, EpochMs now);

// --- items that waited ----------------------------------------------------------------------------------------------

// The run that a consumer makes of an item that waited in the queue's lane; nothing when its match does not want the
// item. For a consumer that takes one at a time.
std::optional<RunSpec> adopt(const TriggerTable& table, const BoundTrigger& consumer, const CloudEvent& item,
                             EpochMs now);
// For one that takes several: one event io.sojourn.queue.batch from /queues/NAME, whose data is a JSON array of those
// items that its match wants, each in structured form; and its run. Nothing when it wants none. The match is asked for
// each item, the key is that of the batch's own event.
std::optional<Acceptance> adopt_batch(const TriggerTable& table, const BoundTrigger& consumer,
                                      std::span<const CloudEvent> items, EpochMs now);

}  // namespace sojourn
