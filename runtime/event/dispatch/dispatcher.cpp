#include "runtime/event/dispatch/dispatcher.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>

#include "runtime/crypto/random.h"
#include "runtime/event/dispatch/queue_batch.h"
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

JobEnd handed_back(const LeasedJob& lease, EpochMs due) {
  JobEnd back;
  back.job = lease.job;
  back.token = lease.token;
  back.how = HandBack{due};
  return back;
}

}  // namespace

Dispatcher::Dispatcher(const DispatcherParts& parts)
    : parts_(parts),
      tools_{parts.runtime, parts.http, parts.site, parts.has_private_callbacks, [this] { return now(); }},
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
  begin(core_.turn_done(std::move(turn), std::move(result), now()));
  pump_later();
}

// --- jobs
// -------------------------------------------------------------------------------------------------------------

void Dispatcher::after_blocking(std::function<void()> work, std::function<void()> done) {
  parts_.loop.run_blocking(std::move(work), [alive = alive_, done = std::move(done)] {
    if (*alive != nullptr) done();
  });
}

struct Dispatcher::Fetching {
  std::vector<LeasedWork> works;
  std::vector<Status> statuses;
  bool is_there = false;
};

// Those whose data lies in the store begin when it is there, the others at once; but items of queues in their order.
void Dispatcher::begin(std::vector<LeasedWork> works) {
  std::vector<LeasedWork> at_once, stowed, items;
  for (LeasedWork& work : works) {
    const auto lane = Lane::parse(work.lease.lane);
    const bool is_item = lane && lane->kind == LaneKind::kQueue;
    (is_item ? items : has_stowed_data(work) ? stowed : at_once).push_back(std::move(work));
  }
  begin_fetched(std::move(at_once));
  if (!stowed.empty()) fetch_all(std::move(stowed), [this](Fetching& fetching) { begin_what_came(fetching); });
  begin_items(std::move(items));
}

void Dispatcher::begin_items(std::vector<LeasedWork> items) {
  const bool waits = !adopting_.empty() || std::any_of(items.begin(), items.end(), has_stowed_data);
  if (!waits) return begin_fetched(std::move(items));
  if (items.empty()) return;
  adopting_.push_back(fetch_all(std::move(items), [this](Fetching& fetching) {
    fetching.is_there = true;
    while (!adopting_.empty() && adopting_.front()->is_there) {
      const auto next = std::move(adopting_.front());
      adopting_.pop_front();
      begin_what_came(*next);
    }
  }));
}

std::shared_ptr<Dispatcher::Fetching> Dispatcher::fetch_all(std::vector<LeasedWork> works,
                                                            std::function<void(Fetching&)> then) {
  auto fetching = std::make_shared<Fetching>();
  fetching->works = std::move(works);
  after_blocking(
      [fetching, payloads = parts_.journal.shared_payloads()] {
        for (LeasedWork& work : fetching->works) fetching->statuses.push_back(fetch(work, *payloads));
      },
      [fetching, then = std::move(then)] { then(*fetching); });
  return fetching;
}

void Dispatcher::begin_what_came(Fetching& fetching) {
  std::vector<LeasedWork> whole;
  for (std::size_t i = 0; i < fetching.works.size(); ++i) {
    LeasedWork& work = fetching.works[i];
    if (fetching.statuses[i].ok()) {
      whole.push_back(std::move(work));
    } else {
      end_with(decide_unknown(work.lease, fetching.statuses[i].error(), deciding()), {});
    }
  }
  begin_fetched(std::move(whole));
}

void Dispatcher::begin_fetched(std::vector<LeasedWork> works) {
  std::map<std::string, std::vector<StepJob>> queues;  // what waits for consumers, by lane
  for (LeasedWork& work : works) {
    // While its data was fetched the run may have been cancelled, or the server have begun to stop.
    if (!core_.is_under_way({work.lease.job, work.lease.token})) continue;
    if (core_.is_draining()) {
      end_with(handed_back(work.lease, now()), {});
      continue;
    }
    auto job = understand(work.lease, parts_.site);
    if (!job) {
      end_with(decide_unknown(work.lease, job.error(), deciding()), {});
    } else if (job->act == JobAct::kAdopt) {
      queues[work.lease.lane].push_back(std::move(*job));
    } else {
      begin_job(std::move(*job), std::move(work.result));
    }
  }
  for (auto& [lane, items] : queues) adopt(std::move(items));
}

void Dispatcher::begin_job(StepJob job, std::optional<RunResult> result) {
  core_.learn(job);
  if (is_spent(job)) return end_with(decide_spent(job, deciding()), {});
  if (!job.acts()) {
    auto kept = std::make_shared<const StepJob>(std::move(job));
    return conclude(decide_inside(*kept, deciding()), {},
                    [this, kept](const Error& why) { return decide_unknown(kept->lease, why, deciding()); });
  }
  const std::int64_t number = job.lease.job;
  auto attempt = std::make_unique<StepAttempt>(
      std::move(job), std::move(result), tools_,
      [this](StepAttempt& ended, Attempted attempted) { on_ended(ended, std::move(attempted)); });
  StepAttempt& begun = *attempt;
  attempts_[number] = std::move(attempt);
  begun.begin();
}

// Items of one queue: for nobody, one by one, or so many at once as the consumer takes and its function can hold.
void Dispatcher::adopt(std::vector<StepJob> items) {
  const Deciding moment = deciding();
  const BoundTrigger* const consumer = moment.triggers.consumer(items.front().definition.name);
  const int most = consumer == nullptr ? 1 : std::max(consumer->as<QueueTrigger>().batch, 1);
  items.front().concurrency = std::max(kAdoptedAtOnce, most);
  core_.learn(items.front());
  if (consumer == nullptr) core_.park(items.front().lease.lane);
  const std::uint64_t bytes = most == 1 ? 0 : batch_bytes(*consumer->source, parts_.site);
  for (std::span<const StepJob> left = items; !left.empty();) {
    const std::size_t size = most == 1 ? 1 : batch_size(left, static_cast<std::size_t>(most), bytes);
    const std::span<const StepJob> batch = left.first(size);
    left = left.subspan(size);
    JobEnd end = most == 1 ? decide_inside(batch.front(), moment) : decide_batch(batch, moment);
    JobEnd back;
    back.job = end.job;
    back.token = end.token;
    back.with = end.with;
    back.how = HandBack{moment.now + DispatchCore::kTurnPause};
    conclude(std::move(end), {}, [back](const Error&) { return back; });
  }
}

void Dispatcher::on_ended(StepAttempt& attempt, Attempted attempted) {
  const milliseconds took = attempted.took;
  auto job = std::make_shared<const StepJob>(attempt.job());
  if (auto own = attempts_.extract(job->lease.job); !own.empty()) ended_.push_back(std::move(own.mapped()));
  const bool is_call = job->chain && attempted.outcome.verdict != Verdict::kNotBegun;
  if (is_call) parts_.site.called(job->chain->function().name, attempted.outcome.status, took);
  conclude(decide(*job, std::move(attempted), deciding()), took, [this, job](const Error& why) {
    Attempted failed;
    failed.outcome = outcome_of_error(why.code(), why.text());
    return decide(*job, std::move(failed), deciding());
  });
}

void Dispatcher::conclude(JobEnd end, milliseconds took, std::function<JobEnd(const Error&)> otherwise) {
  if (!has_long_data(end)) return end_with(std::move(end), took);
  struct Stowing {
    JobEnd end;
    Status status;
  };
  auto stowing = std::make_shared<Stowing>(Stowing{std::move(end), {}});
  after_blocking(
      [stowing, payloads = parts_.journal.shared_payloads()] { stowing->status = stow(stowing->end, *payloads); },
      [this, stowing, took, otherwise = std::move(otherwise)] {
        const Status& status = stowing->status;
        end_with(status.ok() ? std::move(stowing->end) : otherwise(status.error()), took);
      });
}

Deciding Dispatcher::deciding() {
  triggers_ = parts_.site.triggers();
  return {now(), std::uniform_real_distribution<double>(0, 1)(random_), *triggers_};
}

void Dispatcher::end_with(JobEnd end, milliseconds took) {
  if (!end.warning.empty()) parts_.log.warn("events: " + end.warning);
  core_.end(std::move(end), now(), took);
  pump_later();
}

}  // namespace sojourn
