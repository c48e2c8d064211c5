#include "runtime/event/triggers/trigger_table.h"

#include "runtime/crypto/random.h"
#include "runtime/event/triggers/run_key.h"
#include "runtime/event/triggers/trigger_index.h"

namespace sojourn {
namespace {

RunSpec new_run(const TriggerSource& source, EventValues& values) {
  const Pipeline& pipeline = *source.pipeline;
  RunSpec run;
  run.id = random_uuid();
  run.pipeline = pipeline.name;
  run.definition = source.definition.to_text();
  run.key = run_key(pipeline.key, values);
  run.after_failure = pipeline.order == KeyOrder::kHold ? AfterFailure::kHold : AfterFailure::kContinue;
  const std::string& first = pipeline.steps.front().id;
  run.jobs.push_back({first, step_lane(pipeline.name, first), std::nullopt, 0});
  return run;
}

// One of each source among the triggers that the event matches. REQUIRES: a source's triggers stand together.
std::vector<RunSpec> runs_of(const TriggerIndex& index, const TriggerIndex::Numbers& numbers, const CloudEvent& event) {
  std::vector<RunSpec> runs;
  EventValues values(event);
  const TriggerSource* last = nullptr;
  for (const std::size_t number : numbers) {
    const TriggerSource* const source = index[number].source;
    if (source == last || !index.matches(number, values)) continue;
    runs.push_back(new_run(*source, values));
    last = source;
  }
  return runs;
}

}  // namespace

TriggerTable::TriggerTable(std::vector<TriggerSource> sources)
    : sources_(std::move(sources)), index_(std::make_unique<TriggerIndex>()) {}

TriggerTable::~TriggerTable() = default;

Result<std::shared_ptr<const TriggerTable>> TriggerTable::make(std::vector<TriggerSource> sources) {
  std::shared_ptr<TriggerTable> table(new TriggerTable(std::move(sources)));
  if (Status built = table->index_->build(table->sources_); !built) return built.error();
  return std::shared_ptr<const TriggerTable>(std::move(table));
}

std::optional<RunSpec> TriggerTable::run_of(const BoundTrigger& trigger, const CloudEvent& event) const {
  EventValues values(event);
  if (!index_->matches(index_->number_of(trigger), values)) return std::nullopt;
  return new_run(*trigger.source, values);
}

bool TriggerTable::wants(const BoundTrigger& trigger, const CloudEvent& event) const {
  EventValues values(event);
  return index_->matches(index_->number_of(trigger), values);
}

RunSpec TriggerTable::start(const BoundTrigger& trigger, const CloudEvent& event) const {
  EventValues values(event);
  return new_run(*trigger.source, values);
}

std::vector<RunSpec> TriggerTable::runs_for(const CloudEvent& event) const {
  return runs_of(*index_, index_->candidates(event.type), event);
}

std::vector<RunSpec> TriggerTable::runs_after(std::string_view function, CallOutcome outcome,
                                              const CloudEvent& event) const {
  TriggerIndex::Numbers following;
  if (const TriggerIndex::Numbers* const followers = index_->followers(function)) {
    for (const std::size_t number : *followers) {
      const CallOutcome wanted = (*index_)[number].as<FunctionTrigger>().outcome;
      if (wanted == CallOutcome::kAny || wanted == outcome) following.push_back(number);
    }
  }
  return runs_of(*index_, following, event);
}

bool TriggerTable::is_followed(std::string_view function) const {
  return index_->followers(function) != nullptr;
}

std::size_t TriggerTable::compared_with(std::string_view type) const {
  return index_->candidates(type).size();
}

const BoundTrigger* TriggerTable::hook(std::string_view path) const {
  return index_->hook(path);
}

const BoundTrigger* TriggerTable::consumer(std::string_view queue) const {
  return index_->consumer(queue);
}

std::span<const BoundTrigger> TriggerTable::schedules() const {
  return index_->schedules();
}

std::span<const BoundTrigger> TriggerTable::directories() const {
  return index_->directories();
}

std::span<const BoundTrigger> TriggerTable::consumers() const {
  return index_->consumers();
}

std::span<const BoundTrigger> TriggerTable::triggers_of(std::string_view pipeline) const {
  return index_->of_source(pipeline);
}

std::size_t TriggerTable::size() const {
  return index_->size();
}

}  // namespace sojourn
