#include "gateway/replay.h"

#include <algorithm>
#include <set>

#include "runtime/event/triggers/intake.h"

namespace sojourn {
namespace {

Error no_such_event(std::int64_t number) {
  return Error(ErrorCode::kEventNotFound,
               "there is no event " + std::to_string(number) + ": it is forgotten, or never was");
}

Result<std::vector<EventView>> events_of(JournalEngine& journal, const ReplayWish& wish) {
  if (wish.only == 0) {
    ListFilter which = wish.which;
    which.most = kReplayedAtOnceMax;
    return journal.events(which);
  }
  auto event = journal.event(wish.only);
  if (!event.ok()) return event.error();
  if (!*event) return no_such_event(wish.only);
  return std::vector<EventView>{std::move(**event)};
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

// The runs that the event's earlier ones are followed by, of pipelines that do not stand in `runs`.
Status add_repeated(JournalEngine& journal, const ReplayWish& wish, std::int64_t number, const CloudEvent& event,
                    std::vector<RunSpec>& runs) {
  ListFilter begun;
  begun.event = number;
  const auto earlier = journal.runs(begun);
  if (!earlier.ok()) return earlier.error();
  std::set<std::string_view> there;
  for (const RunSpec& run : runs) there.insert(run.pipeline);
  for (const RunView& run : *earlier) {
    if (!there.insert(run.pipeline).second) continue;
    for (const BoundTrigger& trigger : wish.triggers->triggers_of(run.pipeline)) {
      auto again = wish.triggers->run_of(trigger, event);
      if (!again) continue;
      runs.push_back(std::move(*again));
      break;
    }
  }
  return {};
}

Status replay_one(JournalEngine& journal, const PayloadStore& payloads, const ReplayWish& wish, const EventView& view,
                  Replayed& replayed) {
  const auto event = whole_event(view, payloads);
  if (!event.ok()) return event.error();
  std::vector<RunSpec> runs = wish.triggers->runs_for(*event);
  if (Status added = add_repeated(journal, wish, view.number, *event, runs); !added.ok()) return added;
  for (const RunSpec& run : runs) {
    if (!wish.pipeline.empty() && run.pipeline != wish.pipeline) continue;
    replayed.runs.push_back({view.number, run.pipeline, ""});
    if (wish.mode == ReplayMode::kDryRun) continue;
    if (auto begun = journal.begin_run(view.number, run, wish.now); !begun.ok()) return begun.error();
    replayed.runs.back().id = run.id;
  }
  return {};
}

}  // namespace

Result<Replayed> replay(JournalEngine& journal, const PayloadStore& payloads, const ReplayWish& wish) {
  const auto events = events_of(journal, wish);
  if (!events.ok()) return events.error();
  Replayed replayed;
  for (const EventView& view : *events) {
    if (Status done = replay_one(journal, payloads, wish, view, replayed); !done.ok()) return done.error();
    ++replayed.events;
  }
  if (wish.only == 0 && events->size() == kReplayedAtOnceMax) replayed.next = events->back().number;
  return replayed;
}

}  // namespace sojourn
