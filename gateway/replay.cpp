#include "gateway/replay.h"

#include <algorithm>
#include <set>
#include <variant>

#include "runtime/event/triggers/intake.h"
#include "runtime/event/triggers/run_definition.h"

namespace sojourn {
namespace {

Error no_such_event(std::int64_t number) {
  return Error(ErrorCode::kEventNotFound,
               "there is no event " + std::to_string(number) + ": it is forgotten, or never was");
}

Result<Listed<EventView>> events_of(JournalEngine& journal, const ReplayWish& wish) {
  if (wish.only == 0) {
    ListFilter which = wish.which;
    which.most = kReplayedAtOnceMax;
    return journal.events(which);
  }
  auto event = journal.event(wish.only);
  if (!event.ok()) return event.error();
  if (!*event) return no_such_event(wish.only);
  return Listed<EventView>{{std::move(**event)}};
}

Result<CloudEvent> whole_event(const EventView& view, const PayloadStore& payloads) {
  EventRecord record = view.event;
  if (record.blob) {
    auto data = payloads.get(*record.blob);
    if (!data.ok()) return data.error();
    record.data = std::move(*data);
    record.blob.reset();
  }
  return to_event(record);
}

Result<std::vector<RunView>> runs_of(JournalEngine& journal, std::int64_t event) {
  ListFilter begun;
  begun.event = event;
  begun.most = kListMax;
  auto runs = journal.runs(begun);
  if (!runs.ok()) return runs.error();
  return std::move(runs->rows);
}

bool hears_the_bus(const TriggerTable& triggers, std::string_view pipeline) {
  const auto all = triggers.triggers_of(pipeline);
  return all.empty() || std::ranges::any_of(all, [](const BoundTrigger& trigger) {
           return std::holds_alternative<EventTrigger>(trigger.trigger->on);
         });
}

// Whether everybody heard the event, as far as its runs tell: what came for one pipeline began a run of it at once. A
// pipeline that is not deployed any more is taken for one that listens.
bool is_for_all(const TriggerTable& triggers, const std::vector<RunView>& earlier) {
  if (earlier.empty()) return true;
  const RunView& first = earlier.back();
  const auto definition = RunDefinition::parse(first.definition);
  const bool is_of_pipeline =
      definition && (definition->kind == RunKind::kPipeline || definition->kind == RunKind::kTrigger);
  return is_of_pipeline && hears_the_bus(triggers, first.pipeline);
}

// Runs of the pipelines that the earlier ones are of, and that do not stand in `runs`.
void add_repeated(const TriggerTable& triggers, const std::vector<RunView>& earlier, const CloudEvent& event,
                  std::vector<RunSpec>& runs) {
  std::set<std::string> there;
  for (const RunSpec& run : runs) there.insert(run.pipeline);
  for (const RunView& run : earlier) {
    if (!there.insert(run.pipeline).second) continue;
    for (const BoundTrigger& trigger : triggers.triggers_of(run.pipeline)) {
      auto again = triggers.run_of(trigger, event);
      if (!again) continue;
      runs.push_back(std::move(*again));
      break;
    }
  }
}

// An asynchronous call is nobody's event: its run is redriven, and never begun anew under another id.
bool is_call(const std::vector<RunView>& earlier) {
  const auto definition = earlier.empty() ? std::nullopt : RunDefinition::parse(earlier.back().definition);
  return definition && definition->kind == RunKind::kCall;
}

Status begin_runs(JournalEngine& journal, const ReplayWish& wish, std::int64_t event, std::vector<RunSpec> runs,
                  Replayed& replayed) {
  for (RunSpec& run : runs) {
    if (!wish.pipeline.empty() && run.pipeline != wish.pipeline) continue;
    replayed.runs.push_back({event, run.pipeline, ""});
    if (wish.mode == ReplayMode::kDryRun) continue;
    for (JobSpec& job : run.jobs) job.due = wish.now;
    if (auto begun = journal.begin_run(event, run, wish.now); !begun.ok()) return begun.error();
    replayed.runs.back().id = run.id;
  }
  return {};
}

Status replay_one(JournalEngine& journal, const PayloadStore& payloads, const ReplayWish& wish, const EventView& view,
                  Replayed& replayed) {
  const auto earlier = runs_of(journal, view.number);
  if (!earlier.ok()) return earlier.error();
  if (is_call(*earlier)) return {};
  const auto event = whole_event(view, payloads);
  if (!event.ok()) return event.error();
  std::vector<RunSpec> runs;
  if (is_for_all(*wish.triggers, *earlier)) runs = wish.triggers->runs_for(*event);
  add_repeated(*wish.triggers, *earlier, *event, runs);
  return begin_runs(journal, wish, view.number, std::move(runs), replayed);
}

}  // namespace

Result<Replayed> replay(JournalEngine& journal, const PayloadStore& payloads, const ReplayWish& wish) {
  const auto events = events_of(journal, wish);
  if (!events.ok()) return events.error();
  Replayed replayed;
  for (const EventView& view : events->rows) {
    if (Status done = replay_one(journal, payloads, wish, view, replayed); !done.ok()) return done.error();
    ++replayed.events;
  }
  replayed.next = events->next;
  return replayed;
}

}  // namespace sojourn
