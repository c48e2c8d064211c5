#include "gateway/events/event_desk.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <sys/stat.h>
#include <utility>

#include "gateway/events/emitted_event.h"
#include "gateway/events/event_work.h"
#include "gateway/worker.h"
#include "runtime/event/dispatch/emitted.h"
#include "runtime/event/journal/long_data.h"

namespace sojourn {
namespace {

// How long a call id of a caller's own choice is remembered.
constexpr EpochMs kCallIdKept = 72LL * 3'600'000;

// Blocks for the disk.
Status keep_long_data(PayloadStore& payloads, std::vector<Acceptance>& acceptances) {
  for (Acceptance& one : acceptances) {
    if (Status kept = keep_long_data(payloads, one); !kept.ok()) return kept;
  }
  return {};
}

Error id_taken(const std::string& id) {
  return Error(ErrorCode::kCallIdTaken, "call id " + id + " was used before; choose a new one");
}

// Ids of calls and of all other runs are remembered as long as the runs are.
Status check_id(JournalEngine& engine, const Acceptance& call) {
  const std::string& id = call.runs.front().id;
  const auto known = engine.run(id);
  if (!known.ok()) return known.error();
  return *known ? Status(id_taken(id)) : Status();
}

}  // namespace

EventDesk::EventDesk(Site& site, Loop& home, std::string directory)
    : site_(site), home_(home), directory_(std::move(directory)) {}

EventDesk::~EventDesk() = default;

// --- the journal, when there is one ---

void EventDesk::open() {
  if (try_open().ok()) return;
  site_.log.error("events are not accepted until the journal opens; functions are served");
  reopen_ = std::make_unique<Timer>(home_);
  reopen_->repeat(kReopenEvery, [this] { (void)try_open(); });
}

Status EventDesk::try_open() {
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
    return told(system_error("make the journal's directory " + directory_, errno, ErrorCode::kStoreUnavailable));
  }
  auto opened = Journal::open(directory_);
  if (!opened.ok()) return told(opened.error());
  if (reopen_) site_.log.info("the journal is open: events are accepted");
  reopen_.reset();
  owned_ = std::move(*opened);
  work_ = std::make_unique<EventWork>(site_, home_, *owned_);
  journal_.store(owned_.get(), std::memory_order_release);
  return {};
}

void EventDesk::deployed() {
  if (work_) work_->deployed();
}

void EventDesk::drain(std::chrono::milliseconds patience, std::function<void()> done) {
  closed_ = true;
  reopen_.reset();
  if (!work_) return home_.post(std::move(done));
  work_->drain(patience, std::move(done));
}

void EventDesk::end_work() {
  closed_ = true;
  reopen_.reset();
  work_.reset();
}

// --- what comes in ---

void EventDesk::publish(std::vector<CloudEvent> events, Worker& worker, AcceptedAll done) {
  const TriggerTablePtr triggers = worker.routes()->triggers();
  std::vector<Acceptance> acceptances;
  for (const CloudEvent& event : events)
    acceptances.push_back(accept_published(*triggers, event, wall_ms(), Origin::kOutside));
  accept(std::move(acceptances), CameBy::kEvents, worker.loop(), std::move(done));
}

void EventDesk::enqueue(std::string_view queue, std::vector<CloudEvent> events, Worker& worker, AcceptedAll done) {
  const TriggerTablePtr triggers = worker.routes()->triggers();
  std::vector<Acceptance> acceptances;
  for (const CloudEvent& event : events)
    acceptances.push_back(accept_enqueued(*triggers, queue, event, wall_ms(), Origin::kOutside));
  accept(std::move(acceptances), CameBy::kQueues, worker.loop(), std::move(done));
}

void EventDesk::accept(std::vector<Acceptance> acceptances, CameBy by, Loop& loop, AcceptedAll done) {
  assert(loop.on_loop_thread());
  const bool is_of_a_call = by == CameBy::kEmitted || by == CameBy::kOutcome;
  if (closed_ && !is_of_a_call) {
    return loop.post([done] { done(Error(ErrorCode::kDraining, "the server is stopping and takes no more events")); });
  }
  Journal* const open = journal();
  if (open == nullptr) return loop.post([done] { done(journal_unavailable()); });
  const std::size_t bytes = bytes_of(acceptances);
  if (Status taken = waiting_.take(bytes); !taken.ok()) return loop.post([done, taken] { done(taken.error()); });
  done = [this, bytes, told = std::move(done)](Result<std::vector<Accepted>> accepted) {
    waiting_.give_back(bytes);
    told(std::move(accepted));
  };
  const bool fits = std::ranges::none_of(acceptances, [](const Acceptance& one) { return has_long_data(one); });
  if (fits) return submit(std::move(acceptances), by, loop, std::move(done));
  struct Storing {
    std::vector<Acceptance> acceptances;
    Status stored;
  };
  auto storing = std::make_shared<Storing>(Storing{std::move(acceptances), {}});
  loop.run_blocking(
      [storing, payloads = open->shared_payloads()] {
        storing->stored = keep_long_data(*payloads, storing->acceptances);
      },
      [this, storing, by, &loop, done] {
        if (!storing->stored.ok()) return done(told(storing->stored.error()));
        submit(std::move(storing->acceptances), by, loop, done);
      });
}

void EventDesk::submit(std::vector<Acceptance> acceptances, CameBy by, Loop& loop, AcceptedAll done) {
  const auto all = std::make_shared<const std::vector<Acceptance>>(std::move(acceptances));
  ask<std::vector<Accepted>>(
      WorkKind::kAccepts, loop,
      [all, by](JournalEngine& engine) -> Result<std::vector<Accepted>> {
        std::vector<Accepted> accepted;
        for (const Acceptance& one : *all) {
          if (Status fits = by == CameBy::kCall ? check_id(engine, one) : Status(); !fits.ok()) return fits.error();
          auto row = engine.accept(one, wall_ms());
          if (!row.ok()) return row.error();
          accepted.push_back(std::move(*row));
        }
        return accepted;
      },
      [this, by, done = std::move(done)](Result<std::vector<Accepted>> accepted) {
        if (accepted.ok()) accepted_[static_cast<std::size_t>(by)] += accepted->size();
        done(std::move(accepted));
      });
}

void EventDesk::begin_call(const StoredCall& call, CallId id, Loop& loop, std::function<void(Status)> done) {
  Acceptance acceptance;
  acceptance.event = to_record(call);
  acceptance.runs.push_back(run_of(call, wall_ms()));
  // A second call of a chosen id is then a duplicate of the first.
  if (id == CallId::kChosen) {
    acceptance.dedupe.push_back({std::string("call\0", 5) + call.id, wall_ms() + kCallIdKept});
  }
  std::vector<Acceptance> one;
  one.push_back(std::move(acceptance));
  accept(std::move(one), CameBy::kCall, loop, [done, name = call.id](Result<std::vector<Accepted>> accepted) {
    if (!accepted.ok()) return done(accepted.error());
    done(accepted->front().is_duplicate ? Status(id_taken(name)) : Status());
  });
}

void EventDesk::cancel(std::string run, Loop& loop, std::function<void(Result<bool>)> done) {
  ask<bool>(
      WorkKind::kEnds, loop, [run](JournalEngine& engine) { return engine.cancel(run, wall_ms()); },
      [this, run, done = std::move(done)](Result<bool> cancelled) {
        if (cancelled.ok() && *cancelled) home_.post([this, run] { let_go(run); });
        done(std::move(cancelled));
      });
}

void EventDesk::let_go(const std::string& run) {
  if (work_) work_->cancelled(run);
}

// --- what there is to see ---

void EventDesk::figures(Loop& loop, std::function<void(EventFigures)> done) {
  home_.post([this, &loop, done = std::move(done)]() mutable {
    EventFigures figures;
    if (work_) work_->add_to(figures);
    loop.post([this, figures = std::move(figures), &loop, done = std::move(done)]() mutable {
      ask_figures(std::move(figures), loop, std::move(done));
    });
  });
}

void EventDesk::ask_figures(EventFigures figures, Loop& loop, std::function<void(EventFigures)> done) {
  using Seen = std::pair<JournalStats, std::vector<LaneView>>;
  for (std::size_t i = 0; i < kWaysIn; ++i) figures.accepted[i] += accepted_[i];
  figures.now = wall_ms();
  if (const Journal* const open = journal()) figures.batches = open->batches();
  ask<Seen>(
      WorkKind::kNotes, loop,
      [](JournalEngine& engine) -> Result<Seen> {
        auto stats = engine.stats();
        if (!stats.ok()) return stats.error();
        auto lanes = engine.lanes();
        if (!lanes.ok()) return lanes.error();
        return Seen(*stats, std::move(*lanes));
      },
      [this, figures = std::move(figures), done = std::move(done)](Result<Seen> seen) mutable {
        if (seen.ok()) {
          figures.journal = seen->first;
          figures.lanes = std::move(seen->second);
        }
        figures.fault = faults_.last();
        done(std::move(figures));
      });
}

// --- what functions emit ---

Worker& EventDesk::worker_of(const Loop& loop) const {
  const auto found = std::ranges::find_if(site_.workers, [&](Worker* worker) { return &worker->loop() == &loop; });
  assert(found != site_.workers.end());
  return **found;
}

void EventDesk::commit(EmittedBy by, EmittedEvents events, Loop& loop, std::function<void(Status)> done) {
  const TriggerTablePtr triggers = worker_of(loop).routes()->triggers();
  std::vector<Acceptance> acceptances;
  for (EmittedEvent& emitted : events) {
    const std::string queue = std::move(emitted.queue);
    auto event = to_event(by, std::move(emitted), wall_ms());
    if (!event.ok()) return loop.post([done, why = event.error()] { done(why); });
    acceptances.push_back(accept_emitted(*triggers, queue, *event, wall_ms()));
  }
  accept(std::move(acceptances), CameBy::kEmitted, loop, [done](const Result<std::vector<Accepted>>& accepted) {
    done(accepted.ok() ? Status() : Status(accepted.error()));
  });
}

}  // namespace sojourn
