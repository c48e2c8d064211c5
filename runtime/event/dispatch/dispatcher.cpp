#include "runtime/event/dispatch/dispatcher.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/crypto/random.h"
#include "runtime/event/dispatch/stowed_data.h"

namespace sojourn {
namespace {

using std::chrono::milliseconds;

// However far off the next job is: the wall clock may have jumped by then.
constexpr milliseconds kSleepMax{60'000};

std::uint64_t seed() {
  std::uint64_t value = 0;
  std::memcpy(&value, random_bytes(sizeof value).data(), sizeof value);
  return value;
}

}  // namespace

Dispatcher::Dispatcher(const DispatcherParts& parts)
    : parts_(parts),
      tools_{parts.runtime, parts.http, parts.site, [this] { return now(); }},
      random_(seed()),
      timer_(parts.loop),
      alive_(std::make_shared<Dispatcher*>(this)) {
  parts_.journal.on_woken([&loop = parts_.loop, alive = alive_](std::vector<LaneWake> wakes) {
    loop.post([alive, wakes = std::move(wakes)] {
      if (*alive == nullptr) return;
      (*alive)->core_.woken(wakes);
      (*alive)->pump_later();
    });
  });
}

Dispatcher::~Dispatcher() {
  *alive_ = nullptr;
}

EpochMs Dispatcher::now() {
  return time_.now(parts_.clock.now(), wall_ms(parts_.clock));
}

void Dispatcher::start() {
  pump_later();
}

void Dispatcher::deployed() {
  core_.deployed();
  pump_later();
}

void Dispatcher::cancelled(std::string_view run) {
  for (const std::int64_t job : core_.cancelled(run)) {
    if (auto attempt = attempts_.extract(job); !attempt.empty()) ended_.push_back(std::move(attempt.mapped()));
  }
  pump_later();
}

void Dispatcher::drain(std::function<void()> done) {
  drained_ = std::move(done);
  core_.drain();
  pump_later();
}

// --- turns
// ------------------------------------------------------------------------------------------------------------

// One look at the end of the loop's turn, whatever came in it.
void Dispatcher::pump_later() {
  if (std::exchange(pumping_, true)) return;
  parts_.loop.at_turn_end([alive = alive_] {
    if (*alive != nullptr) (*alive)->pump();
  });
}

void Dispatcher::pump() {
  pumping_ = false;
  ended_.clear();
  const EpochMs moment = now();
  if (auto next = core_.next_turn(moment)) {
    auto turn = std::make_shared<Turn>(std::move(*next));
    parts_.journal.ask<TurnResult>(
        WorkKind::kNotes, parts_.loop, [turn, moment](JournalEngine& engine) { return do_turn(engine, *turn, moment); },
        [turn, alive = alive_](Result<TurnResult> result) {
          if (*alive != nullptr) (*alive)->on_turn(std::move(*turn), std::move(result));
        });
  }
  if (drained_ && core_.idle()) return std::exchange(drained_, nullptr)();
  const auto wake = core_.wake_at();
  if (!wake) return timer_.stop();
  timer_.start(std::clamp(milliseconds(*wake - moment), milliseconds(0), kSleepMax), [this] { pump_later(); });
}

void Dispatcher::on_turn(Turn turn, Result<TurnResult> result) {
  if (!result.ok()) parts_.log.warn("events: a turn of the journal failed and is done again: " + result.error().text());
  for (LeasedWork& work : core_.turn_done(std::move(turn), std::move(result), now())) begin(std::move(work));
  pump_later();
}

// --- jobs
// -------------------------------------------------------------------------------------------------------------

void Dispatcher::after_blocking(std::function<void()> work, std::function<void()> done) {
  parts_.loop.run_blocking(std::move(work), [alive = alive_, done = std::move(done)] {
    if (*alive != nullptr) done();
  });
}

void Dispatcher::begin(LeasedWork work) {
  if (!has_stowed_data(work)) return begin_fetched(std::move(work));
  struct Fetching {
    LeasedWork work;
    Status status;
  };
  auto fetching = std::make_shared<Fetching>(Fetching{std::move(work), {}});
  after_blocking(
      [fetching, &payloads = parts_.journal.payloads()] { fetching->status = fetch(fetching->work, payloads); },
      [this, fetching] {
        if (fetching->status.ok()) return begin_fetched(std::move(fetching->work));
        end_with(decide_unknown(fetching->work.lease, fetching->status.error(), deciding()), {});
      });
}

void Dispatcher::begin_fetched(LeasedWork work) {
  auto job = understand(work.lease, parts_.site);
  if (!job) return end_with(decide_unknown(work.lease, job.error(), deciding()), {});
  core_.learn(*job);
  const Deciding now_deciding = deciding();
  if (is_spent(*job)) return end_with(decide_spent(*job, now_deciding), {});
  if (!job->acts()) {
    if (waits_for_consumer(*job, now_deciding.triggers)) core_.park(job->lease.lane);
    return end_with(decide_inside(*job, now_deciding), {});
  }
  auto attempt = std::make_unique<StepAttempt>(
      std::move(*job), std::move(work.result), tools_,
      [this](StepAttempt& ended, Attempted attempted) { on_ended(ended, std::move(attempted)); });
  StepAttempt& begun = *attempt;
  attempts_[work.lease.job] = std::move(attempt);
  begun.begin();
}

void Dispatcher::on_ended(StepAttempt& attempt, Attempted attempted) {
  const milliseconds took = attempted.took;
  JobEnd end = decide(attempt.job(), std::move(attempted), deciding());
  if (auto own = attempts_.extract(attempt.job().lease.job); !own.empty()) ended_.push_back(std::move(own.mapped()));
  if (!has_long_data(end)) return end_with(std::move(end), took);
  struct Stowing {
    JobEnd end;
    StepJob job;
    Status status;
  };
  auto stowing = std::make_shared<Stowing>(Stowing{std::move(end), attempt.job(), {}});
  after_blocking([stowing, &payloads = parts_.journal.payloads()] { stowing->status = stow(stowing->end, payloads); },
                 [this, stowing, took] {
                   if (stowing->status.ok()) return end_with(std::move(stowing->end), took);
                   Attempted failed;
                   failed.outcome = outcome_of_error(stowing->status.error().code(), stowing->status.error().text());
                   end_with(decide(stowing->job, std::move(failed), deciding()), took);
                 });
}

Deciding Dispatcher::deciding() {
  triggers_ = parts_.site.triggers();
  return {now(), std::uniform_real_distribution<double>(0, 1)(random_), *triggers_};
}

void Dispatcher::end_with(JobEnd end, milliseconds took) {
  core_.end(std::move(end), now(), took);
  pump_later();
}

}  // namespace sojourn
