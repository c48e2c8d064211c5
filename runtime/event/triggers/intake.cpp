#include "runtime/event/triggers/intake.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "runtime/crypto/random.h"

namespace sojourn {
namespace {

using nlohmann::json;

// Joined by NUL, which is in no name, source or id.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string name;
  for (const std::string_view part : parts) {
    if (!name.empty()) name += '\0';
    name += part;
  }
  return name;
}

void remember(Acceptance& acceptance, std::string name, EpochMs window, EpochMs now) {
  if (window > 0) acceptance.dedupe.push_back({std::move(name), now + window});
}

// Apart from the names of our own events.
std::string as_of(Origin origin, std::string_view source, std::string name) {
  const bool is_claim = origin == Origin::kOutside && is_own_source(source);
  return is_claim ? joined({"o", name}) : name;
}

RunSpec due_at(RunSpec run, EpochMs now) {
  for (JobSpec& job : run.jobs) job.due = now;
  return run;
}

EpochMs window_of(const TriggerTable& table, const std::vector<RunSpec>& runs) {
  if (runs.empty()) return kDedupeDefault;
  EpochMs longest = 0;
  for (const RunSpec& run : runs) {
    const auto triggers = table.triggers_of(run.pipeline);
    longest = std::max(longest, static_cast<EpochMs>(triggers.front().source->pipeline->dedupe.count()));
  }
  return longest;
}

RunSpec waiting_run(std::string_view queue, EpochMs now) {
  RunDefinition definition;
  definition.kind = RunKind::kQueue;
  definition.name = queue;
  const std::string lane = queue_lane(queue);
  RunSpec run;
  run.id = random_uuid();
  run.pipeline = lane;
  run.definition = definition.to_text();
  run.jobs.push_back({"wait", lane, std::nullopt, now});
  return run;
}

}  // namespace

EventRecord to_record(const CloudEvent& event) {
  const json attributes(event.attributes);
  return {event.source, event.id,    event.type, attributes.dump(-1, ' ', false, json::error_handler_t::replace),
          event.data,   std::nullopt};
}

Result<CloudEvent> to_event(const EventRecord& record) {
  const json attributes = json::parse(record.attributes, nullptr, false);
  if (!attributes.is_object()) return Error(ErrorCode::kInternal, "the attributes of the event's row are no object");
  CloudEvent event{record.id, record.source, record.type, {}, record.data};
  for (const auto& [name, value] : attributes.items()) {
    if (!value.is_string()) return Error(ErrorCode::kInternal, "an attribute of the event's row is no text");
    event.attributes.emplace(name, value.get<std::string>());
  }
  return event;
}

std::string published_name(std::string_view source, std::string_view id) {
  return joined({"e", source, id});
}

std::string queued_name(std::string_view queue, std::string_view source, std::string_view id) {
  return joined({"q", queue, source, id});
}

std::string hook_name(std::string_view pipeline, std::string_view source, std::string_view id) {
  return joined({"h", pipeline, source, id});
}

std::string body_name(std::string_view pipeline, const Digest& body) {
  return joined({"b", pipeline, body.hex()});
}

std::string cron_name(std::string_view pipeline, std::size_t trigger, EpochMs time) {
  return joined({"c", pipeline, std::to_string(trigger), std::to_string(time)});
}

bool is_own_source(std::string_view source) {
  return source.starts_with("/functions/") || source.starts_with("/pipelines/");
}

Acceptance accept_published(const TriggerTable& table, const CloudEvent& event, EpochMs now, Origin origin) {
  Acceptance acceptance{to_record(event), {}, {}};
  for (RunSpec& run : table.runs_for(event)) acceptance.runs.push_back(due_at(std::move(run), now));
  remember(acceptance, as_of(origin, event.source, published_name(event.source, event.id)),
           window_of(table, acceptance.runs), now);
  return acceptance;
}

Acceptance accept_enqueued(const TriggerTable& table, std::string_view queue, const CloudEvent& event, EpochMs now,
                           Origin origin) {
  Acceptance acceptance{to_record(event), {}, {}};
  const BoundTrigger* const consumer = table.consumer(queue);
  const EpochMs window =
      consumer == nullptr ? kDedupeDefault : static_cast<EpochMs>(consumer->source->pipeline->dedupe.count());
  remember(acceptance, as_of(origin, event.source, queued_name(queue, event.source, event.id)), window, now);
  if (consumer == nullptr || consumer->as<QueueTrigger>().batch > 1) {
    acceptance.runs.push_back(waiting_run(queue, now));
  } else if (auto run = adopt(table, *consumer, event, now)) {
    acceptance.runs.push_back(std::move(*run));
    // What came before the consumer comes first to it too.
    const bool is_ordered = !consumer->source->pipeline->key.empty();
    if (is_ordered) acceptance.waiting = waiting_run(queue, now);
  }
  return acceptance;
}

std::optional<Acceptance> accept_for(const TriggerTable& table, const BoundTrigger& trigger, const CloudEvent& event,
                                     std::vector<DedupeKey> more, EpochMs now) {
  auto run = table.run_of(trigger, event);
  if (!run) return std::nullopt;
  Acceptance acceptance{to_record(event), std::move(more), {}};
  acceptance.runs.push_back(due_at(std::move(*run), now));
  const Pipeline& pipeline = *trigger.source->pipeline;
  remember(acceptance, hook_name(pipeline.name, event.source, event.id), static_cast<EpochMs>(pipeline.dedupe.count()),
           now);
  return acceptance;
}

std::optional<RunSpec> adopt(const TriggerTable& table, const BoundTrigger& consumer, const CloudEvent& item,
                             EpochMs now) {
  auto run = table.run_of(consumer, item);
  return run ? std::optional(due_at(std::move(*run), now)) : std::nullopt;
}

std::optional<Acceptance> adopt_batch(const TriggerTable& table, const BoundTrigger& consumer,
                                      std::span<const CloudEvent> items, EpochMs now) {
  std::vector<CloudEvent> wanted;
  int hops = 0;
  for (const CloudEvent& item : items) {
    if (!table.wants(consumer, item)) continue;
    wanted.push_back(item);
    hops = std::max(hops, hops_of(item));
  }
  if (wanted.empty()) return std::nullopt;
  CloudEvent batch;
  batch.source = "/queues/" + consumer.as<QueueTrigger>().name;
  batch.type = kQueueBatchType;
  batch.data = to_batched(wanted);
  batch.attributes["datacontenttype"] = "application/json";
  if (Status derived = derive(batch, nullptr, {}, now); !derived) return std::nullopt;
  if (hops > 0) batch.attributes[std::string(kHopsAttribute)] = std::to_string(hops);
  Acceptance acceptance{to_record(batch), {}, {}};
  acceptance.runs.push_back(due_at(table.start(consumer, batch), now));
  return acceptance;
}

}  // namespace sojourn
