// Where calls go: into an instance, behind another call, into the queue.
#include "runtime/pool/loop_pool.h"

#include <algorithm>
#include <cassert>

#include "runtime/pool/version_pool.h"

namespace sojourn {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{1000};

Error all_wait_error(const VersionPool& pool) {
  return Error(ErrorCode::kNoCapacity, "all " + std::to_string(pool.instances_max()) + " instances of " +
                                           pool.version().function + " wait for calls of their own (instances.max)");
}

}  // namespace

LoopPool::LoopPool(VersionPool& pool, LoopSide& side)
    : pool_(pool), counters_(pool.counters()), side_(side), alarm_(*side.loop, [this] { sweep(); }) {}

LoopPool::~LoopPool() = default;

bool LoopPool::fresh() const {
  return pool_.profile().one_shot;
}

void LoopPool::place(PoolCall& call) {
  const MonotonicTime now = std::chrono::steady_clock::now();
  call.placed_at = now;
  call.lost_ = 0;
  call.instance = nullptr;
  call.made_for = std::chrono::nanoseconds(0);
  last_arrival_ = now;
  if (fresh()) arrivals_.arrived(now);
  if (backlog_.empty() && !must_yield(now)) {
    if (Instance* const instance = choose(call, now)) return hand(*instance, call, now);
  }
  enqueue(call, now);
}

Instance* LoopPool::choose(const PoolCall& call, MonotonicTime) {
  if (fresh()) {
    if (idle_.empty()) return nullptr;
    if (counters_.serving.fetch_add(1, std::memory_order_relaxed) < pool_.instances_max()) return idle_.back();
    counters_.serving.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  const bool may_wait = call.frames.size() <= kAheadFrameMax && !pool_.nests();
  const auto has_room = [](const Instance* busy) {
    return busy != nullptr && busy->state() == Instance::State::kReady && busy->depth() > 0 && busy->has_room() &&
           !busy->streaming() && !busy->doomed;
  };
  if (may_wait && has_room(hot_)) {
    if (service_.fits(hot_->depth(), kWakeWorth)) return hot_;
    if (hot_->unflushed() && hot_->depth() < kTogetherMax && service_.may_go_together()) return hot_;
  }
  if (!idle_.empty()) return idle_.back();
  if (!may_wait) return nullptr;
  for (const auto& instance : instances_) {
    if (has_room(instance.get()) && service_.fits(instance->depth())) return instance.get();
  }
  return nullptr;
}

// A call that waits for an instance to be made waits in its channel, which saves a round trip after its start; but not
// when another instance that serves already may be free before.
void LoopPool::hand_ahead(Instance& instance, MonotonicTime now) {
  const auto starts = [](const auto& one) { return one->state() < Instance::State::kReady; };
  if (!fresh() && !std::all_of(instances_.begin(), instances_.end(), starts)) return;
  if (counters_.serving.fetch_add(1, std::memory_order_relaxed) >= pool_.instances_max()) {
    counters_.serving.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  PoolCall& call = *backlog_.front();
  unqueue(call);
  instance.counted = true;
  counters_.cold_starts.fetch_add(1, std::memory_order_relaxed);
  counters_.started.fetch_add(1, std::memory_order_relaxed);
  call.instance = &instance;
  alarm_.want(call.placed_at + pool_.version().config.backlog.wait);
  instance.send(call, now);
}

// An instance begins with a call after it had none.
void LoopPool::begin_work(Instance& instance, MonotonicTime now) {
  instance.busy_since = now;
  instance.seen_head = 0;
  hot_ = &instance;
  alarm_.want(instance.head_deadline());
  if (fresh()) alarm_.want(now + kUnsettledMax);
}

void LoopPool::hand(Instance& instance, PoolCall& call, MonotonicTime now) {
  const bool was_idle = instance.depth() == 0;
  if (was_idle) {
    assert(idle_.back() == &instance);
    idle_.pop_back();
    counters_.idle.fetch_sub(1, std::memory_order_relaxed);
    if (fresh()) instance.counted = true;
  }
  if (instance.made_at > call.placed_at) {
    call.made_for = now - call.placed_at;
    counters_.cold_starts.fetch_add(1, std::memory_order_relaxed);
  }
  counters_.started.fetch_add(1, std::memory_order_relaxed);
  call.instance = &instance;
  instance.send(call, now);
  if (was_idle) return begin_work(instance, now);
  hot_ = &instance;
  alarm_.want(now + kStallMax);
}

// Who waits is bounded by the backlog and by the instances there could be beside those that serve. Calls that are known
// to be so short that the whole queue is gone within kShortQueue are let in beyond that: refusing them would cost more
// than running them.
bool LoopPool::may_wait(const PoolCall& call, int waiting) const {
  const int serving = counters_.serving.load(std::memory_order_relaxed);
  const int spare = std::max(0, pool_.instances_max() - serving);
  if (waiting < pool_.version().config.backlog.length + spare) return true;
  return waiting < kShortQueueMax && call.frames.size() <= kAheadFrameMax &&
         service_.is_short(waiting / std::max(serving, 1) + 1, kShortQueue);
}

bool LoopPool::all_wait() const {
  return counters_.waiting.load(std::memory_order_relaxed) >= pool_.instances_max();
}

void LoopPool::begins_waiting() {
  counters_.waiting.fetch_add(1);
  if (all_wait()) pool_.on_all_sides([](LoopPool& pool) { pool.refuse_nested(); });
}

void LoopPool::ends_waiting() {
  counters_.waiting.fetch_sub(1);
}

void LoopPool::refuse_nested() {
  for (PoolCall* call = backlog_.front(); call != nullptr && all_wait();) {
    PoolCall& looked_at = *call;
    call = CallQueue::after(looked_at);
    if (!looked_at.nested) continue;
    unqueue(looked_at);
    refuse_later(looked_at, all_wait_error(pool_), kRetryAfter);
  }
}

void LoopPool::enqueue(PoolCall& call, MonotonicTime now) {
  const FunctionConfig& config = pool_.version().config;
  if (call.nested && all_wait()) return refuse_later(call, all_wait_error(pool_), kRetryAfter);
  const int waiting = counters_.queued.fetch_add(1, std::memory_order_relaxed);
  if (!may_wait(call, waiting)) {
    counters_.queued.fetch_sub(1, std::memory_order_relaxed);
    return refuse_later(
        call,
        Error(ErrorCode::kConcurrencyLimited, "all " + std::to_string(pool_.instances_max()) +
                                                  " instances are busy and " + std::to_string(waiting) +
                                                  " calls wait, as many as may (instances.max, backlog.length)"),
        kRetryAfter);
  }
  backlog_.push_back(call);
  alarm_.want(now + config.backlog.wait);
  want_turn_end();
}

void LoopPool::unqueue(PoolCall& call) {
  backlog_.remove(call);
  counters_.queued.fetch_sub(1, std::memory_order_relaxed);
}

bool LoopPool::withdraw(PoolCall& call) {
  if (call.queued_) {
    unqueue(call);
    return true;
  }
  if (call.instance == nullptr) {
    return std::erase_if(refusals_, [&](const Refusal& refusal) { return refusal.call == &call; }) > 0;
  }
  call.abandoned = true;
  Instance& instance = *call.instance;
  if (!instance.abandon(call)) return false;
  call.instance = nullptr;
  if (instance.state() == Instance::State::kReady && instance.depth() == 0) {
    become_idle(instance, std::chrono::steady_clock::now());
  }
  return true;
}

void LoopPool::consumed(PoolCall& call, std::size_t bytes) {
  if (call.instance != nullptr) call.instance->give_credit(call, bytes);
}

void LoopPool::feed(MonotonicTime now) {
  while (!backlog_.empty() && !must_yield(now)) {
    PoolCall& call = *backlog_.front();
    Instance* const instance = choose(call, now);
    if (instance == nullptr) break;
    unqueue(call);
    hand(*instance, call, now);
  }
}

void LoopPool::refuse_later(PoolCall& call, Error error, std::chrono::milliseconds retry_after) {
  refusals_.push_back({&call, std::move(error), retry_after});
  want_turn_end();
}

void LoopPool::refuse_all(const Error& error, std::chrono::milliseconds retry_after) {
  while (!backlog_.empty()) {
    PoolCall& call = *backlog_.front();
    unqueue(call);
    refuse_later(call, error, retry_after);
  }
}

void LoopPool::want_turn_end() {
  if (turn_end_wanted_) return;
  turn_end_wanted_ = true;
  side_.loop->at_turn_end([this] { turn_end(); });
}

void LoopPool::turn_end() {
  turn_end_wanted_ = false;
  const MonotonicTime now = std::chrono::steady_clock::now();
  offer_idle();
  feed(now);
  scale(now);
  for (Refusal& refusal : std::exchange(refusals_, {})) {
    counters_.refused.fetch_add(1, std::memory_order_relaxed);
    refusal.call->on_call_refused(refusal.error, refusal.retry_after);
  }
  bury();
}

void LoopPool::bury() {
  for (const auto& instance : graveyard_) {
    ClaimMemoryPtr page = instance->release_claims();
    // A FORK that was never sent may still hold it.
    if (page.use_count() == 1 && claim_pages_.size() < kClaimPagesKept) claim_pages_.push_back(std::move(page));
  }
  graveyard_.clear();
}

void LoopPool::prepare(std::function<void(Status)> ready) {
  min_wanted_ = true;
  const bool serves = std::any_of(instances_.begin(), instances_.end(),
                                  [](const auto& instance) { return instance->state() == Instance::State::kReady; });
  preparing_.push_back(std::move(ready));
  if (serves) return side_.loop->at_turn_end([this] { tell_prepared({}); });
  want_turn_end();
}

void LoopPool::tell_prepared(const Status& status) {
  if (!status) min_wanted_ = false;
  for (auto& ready : std::exchange(preparing_, {})) ready(status);
}

}  // namespace sojourn
