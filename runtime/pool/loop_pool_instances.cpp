// The loop's instances: how many there should be, and what they tell.
#include <algorithm>
#include <cassert>
#include <utility>

#include "runtime/pool/loop_pool.h"
#include "runtime/pool/version_pool.h"

namespace sojourn {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{1000};

}  // namespace

// reuse: a call whose kind is known to be long needs an instance of its own at once; one of unknown or short length
// may find room behind another, so it is given a moment.
int LoopPool::wanted_for_backlog(MonotonicTime now) const {
  const int missing = static_cast<int>(backlog_.size()) - starting_;
  if (missing <= 0 || fresh()) return missing;
  if (service_.known() && !service_.fits(0)) return missing;
  if (instances_.empty()) return std::min(missing, 1);
  if (now - backlog_.front()->placed_at < (service_.known() ? kScaleShortAfter : kScaleAfter)) return 0;
  return service_.known() ? 1 - starting_ : missing;
}

int LoopPool::wanted_for_shelf(MonotonicTime now) {
  const FunctionConfig& config = pool_.version().config;
  const bool home = side_.index == 0;
  const int least = home && min_wanted_ ? config.instances.min : 0;
  if (!fresh()) return least - counters_.instances.load(std::memory_order_relaxed);
  const bool called = last_arrival_ != MonotonicTime() && now - last_arrival_ < kShelfMax;
  const int target = called ? std::clamp(arrivals_.target(now), least, config.instances.max) : least;
  return std::min(target - static_cast<int>(idle_.size()) - starting_, kForksPerTurn);
}

void LoopPool::scale(MonotonicTime now) {
  const bool retired = counters_.retired.load(std::memory_order_relaxed);
  int wanted = wanted_for_backlog(now);
  if (wanted <= 0 && !retired) wanted = wanted_for_shelf(now);
  if (wanted <= 0 && !preparing_.empty() && instances_.empty()) wanted = 1;
  if (wanted > kForksPerTurn) alarm_.want(now + std::chrono::milliseconds(1));
  for (int i = std::min(wanted, kForksPerTurn); i > 0; --i) {
    if (!make_instance()) break;
    if (!backlog_.empty()) hand_ahead(*instances_.back(), now);
  }
  const bool may_grow = counters_.instances.load(std::memory_order_relaxed) < instances_bound();
  if (!backlog_.empty() && (may_grow || instances_.empty())) alarm_.want(now + std::chrono::milliseconds(1));
  note_waiting();
}

int LoopPool::instances_bound() const {
  return pool_.instances_max() + (fresh() ? pool_.spares_max() : 0);
}

bool LoopPool::make_instance() {
  if (counters_.instances.fetch_add(1, std::memory_order_relaxed) >= instances_bound()) {
    counters_.instances.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  const auto secrets = this->secrets();
  if (!secrets) {
    counters_.instances.fetch_sub(1, std::memory_order_relaxed);
    tell_prepared(secrets.error().as(ErrorCode::kRefused));
    refuse_all(secrets.error(), kRetryAfter);
    return false;
  }
  ClaimMemoryPtr used;
  if (!claim_pages_.empty()) {
    used = std::move(claim_pages_.back());
    claim_pages_.pop_back();
  }
  auto ends = make_instance_ends(std::move(used));
  if (!ends) {
    counters_.instances.fetch_sub(1, std::memory_order_relaxed);
    if (instances_.empty()) refuse_all(ends.error(), kRetryAfter);
    return false;
  }
  const std::uint32_t serial = pool_.next_serial();
  auto instance = std::make_unique<Instance>(*side_.loop, side_.scratch, *this, pool_.profile(), serial,
                                             std::move(*ends), *secrets);
  instance->made_at = std::chrono::steady_clock::now();
  ++starting_;
  FarEnds far = instance->take_far_ends();
  Instance& made = *instance;
  instances_.push_back(std::move(instance));
  const std::size_t side = side_.index;
  if (side_.index == 0) {
    pool_.home().fork(serial, std::move(far), side);
  } else {
    // std::function wants copies, descriptors have none.
    auto shared = std::make_shared<FarEnds>(std::move(far));
    pool_.on_home([serial, shared, side](TemplateHome& home) { home.fork(serial, std::move(*shared), side); });
  }
  made.begin();
  return true;
}

Result<InstanceSecretsPtr> LoopPool::secrets() {
  const Version& version = pool_.version();
  if (version.config.secrets.empty() || secrets_) return secrets_;
  const auto& find = pool_.world().secrets;
  if (!find) return Error(ErrorCode::kNoCapacity, "the function names secrets, and there are none here");
  auto texts = find(version);
  if (!texts) return texts.error();
  secrets_ = std::make_shared<const InstanceSecrets>(pool_.profile().config_frame, *texts);
  return secrets_;
}

void LoopPool::on_instance_state(Instance& instance) {
  switch (instance.state()) {
    case Instance::State::kStarting:
      return alarm_.want(instance.since() + kStartMax);
    case Instance::State::kLeaving:
      return alarm_.want(instance.since() + kLeaveMax);
    case Instance::State::kDying:
      return alarm_.want(instance.since() + kEndOfFileMax);
    case Instance::State::kEnded:
      return alarm_.want(instance.since() + kReasonMax);
    default:
      return alarm_.want(instance.head_deadline());
  }
}

void LoopPool::on_instance_ready(Instance& instance) {
  --starting_;
  const MonotonicTime now = std::chrono::steady_clock::now();
  if (!fresh()) alarm_.want(now + kUnsettledMax);
  if (!fresh() && !std::exchange(instance.counted, true)) counters_.serving.fetch_add(1, std::memory_order_relaxed);
  if (instance.depth() > 0) {
    auto& call = static_cast<PoolCall&>(*instance.head_call());
    call.made_for = now - call.placed_at;
    begin_work(instance, now);
  } else {
    become_idle(instance, now);
  }
  if (!preparing_.empty()) tell_prepared({});
  if (!backlog_.empty()) want_turn_end();
}

void LoopPool::become_idle(Instance& instance, MonotonicTime now) {
  if (instance.doomed || (counters_.retired.load(std::memory_order_relaxed) && backlog_.empty())) {
    return instance.retire();
  }
  if (fresh() && std::exchange(instance.counted, false)) counters_.serving.fetch_sub(1, std::memory_order_relaxed);
  instance.idle_since = now;
  idle_.push_back(&instance);
  counters_.idle.fetch_add(1, std::memory_order_relaxed);
  // It may be what calls us just now, so it leaves for another loop only at the end of the turn.
  if (others_waiting() != 0) want_turn_end();
  if (!backlog_.empty()) {
    feed(now);
  } else if (idle_.size() == 1) {
    const auto keep = fresh() ? kShelfMax : pool_.version().config.instances.idle;
    alarm_.want(now + keep);
  }
}

void LoopPool::drop_idle(Instance& instance) {
  if (std::erase(idle_, &instance) > 0) counters_.idle.fetch_sub(1, std::memory_order_relaxed);
}

void LoopPool::on_instance_progress(Instance& instance, int ended) {
  const MonotonicTime now = std::chrono::steady_clock::now();
  if (fresh()) {
    if (std::exchange(instance.counted, false)) counters_.serving.fetch_sub(1, std::memory_order_relaxed);
    return want_turn_end();
  }
  service_.add(now - instance.busy_since, ended);
  instance.busy_since = now;
  if (instance.state() != Instance::State::kReady) return;
  if (instance.depth() == 0) return become_idle(instance, now);
  alarm_.want(instance.head_deadline());
  if (!backlog_.empty()) feed(now);
}

void LoopPool::on_instance_returns(Instance& instance, InstanceCall& returned) {
  auto& call = static_cast<PoolCall&>(returned);
  call.instance = nullptr;
  counters_.recalled.fetch_add(1, std::memory_order_relaxed);
  const bool lost = instance.state() == Instance::State::kDying || instance.state() == Instance::State::kEnded;
  if (call.abandoned) {
    return refuse_later(call, Error(ErrorCode::kInternal, "nobody waits for the call"), kRetryAfter);
  }
  if (lost && ++call.lost_ > kLostMax) {
    return refuse_later(call, Error(ErrorCode::kNoCapacity, "instances died three times before they began the call"),
                        kRetryAfter);
  }
  backlog_.push_front(call);
  counters_.queued.fetch_add(1, std::memory_order_relaxed);
  want_turn_end();
}

void LoopPool::on_instance_line(Instance&, const InstanceLine& line) {
  pool_.line({&pool_.version(), line.call_id, line.level, line.stream, line.text, line.fields});
}

void LoopPool::kill_instance(Instance& instance) {
  drop_idle(instance);
  pool_.on_home([serial = instance.serial(), pid = instance.pid()](TemplateHome& home) { home.kill(serial, pid); });
}

std::unique_ptr<Instance> LoopPool::detach(Instance& instance) {
  drop_idle(instance);
  if (hot_ == &instance) hot_ = nullptr;
  const auto found =
      std::find_if(instances_.begin(), instances_.end(), [&](const auto& owned) { return owned.get() == &instance; });
  assert(found != instances_.end());
  std::unique_ptr<Instance> owned = std::move(*found);
  instances_.erase(found);
  return owned;
}

void LoopPool::on_instance_gone(Instance& instance) {
  graveyard_.push_back(detach(instance));
  counters_.instances.fetch_sub(1, std::memory_order_relaxed);
  if (std::exchange(instance.counted, false)) counters_.serving.fetch_sub(1, std::memory_order_relaxed);
  if (!instance.was_ready()) --starting_;
  if (instance.crashed()) counters_.crashes.fetch_add(1, std::memory_order_relaxed);
  if (!instance.start_fault().empty()) {
    const Error fault(ErrorCode::kRefused, instance.start_fault());
    tell_prepared(fault);
    pool_.on_home([fault](TemplateHome& home) { home.start_failed(fault); });
    if (counters_.serving.load(std::memory_order_relaxed) == 0)
      refuse_all(fault.as(ErrorCode::kNoCapacity), kRetryAfter);
  }
  want_turn_end();
}

void LoopPool::on_exit(std::uint32_t serial, std::int32_t status) {
  for (const auto& instance : instances_) {
    if (instance->serial() == serial) return instance->on_exit(status);
  }
}

void LoopPool::on_no_instance(std::uint32_t serial, const Error& error, std::chrono::milliseconds retry_after) {
  for (const auto& instance : instances_) {
    if (instance->serial() != serial) continue;
    instance->give_up();
    break;
  }
  tell_prepared(error);
  if (counters_.serving.load(std::memory_order_relaxed) > 0 && !fresh()) return;
  const ErrorCode code = error.code() == ErrorCode::kRefused ? ErrorCode::kNoCapacity : error.code();
  refuse_all(error.as(code), retry_after);
}

void LoopPool::retire_idle() {
  for (const auto& instance : instances_) {
    if (instance->state() == Instance::State::kReady || instance->state() == Instance::State::kStarting) {
      instance->doomed = true;
    }
  }
  while (!idle_.empty()) {
    Instance& instance = *idle_.back();
    drop_idle(instance);
    instance.retire();
  }
}

void LoopPool::renew_secrets() {
  secrets_.reset();
  retire_idle();
  for (const auto& instance : instances_) {
    if (instance->state() == Instance::State::kForking) instance->doomed = true;
  }
  want_turn_end();
}

// --- Between loops -------------------------------------------------------------------------------------------------

void LoopPool::note_waiting() {
  const std::uint32_t bit = 1u << (side_.index % 32);
  const bool waits = !backlog_.empty() && instances_.empty();
  const bool noted = (counters_.loops_waiting.load(std::memory_order_relaxed) & bit) != 0;
  if (waits == noted) return;
  if (!waits) {
    counters_.loops_waiting.fetch_and(~bit, std::memory_order_relaxed);
    return;
  }
  counters_.loops_waiting.fetch_or(bit, std::memory_order_relaxed);
  pool_.on_all_sides([](LoopPool& pool) { pool.offer_idle(); });
}

std::uint32_t LoopPool::others_waiting() const {
  return counters_.loops_waiting.load(std::memory_order_relaxed) & ~(1u << (side_.index % 32));
}

// True when a loop without any instance has waited for a quantum: this one then takes no new work until an instance of
// its own is idle and can go there.
bool LoopPool::must_yield(MonotonicTime now) {
  if (pool_.world().sides.size() == 1) return false;
  if (others_waiting() == 0 || instances_.empty()) {
    others_wait_since_ = MonotonicTime::max();
    return false;
  }
  if (others_wait_since_ == MonotonicTime::max()) others_wait_since_ = now;
  return now - others_wait_since_ >= kQuantum;
}

void LoopPool::offer_idle() {
  if (others_waiting() == 0) return;
  const MonotonicTime now = std::chrono::steady_clock::now();
  for (std::size_t i = idle_.size(); i > 0 && others_waiting() != 0; --i) {
    if ((!backlog_.empty() && !must_yield(now)) || !give_away(*idle_[i - 1])) break;
  }
}

// Moves an idle instance to the first loop that waits.
bool LoopPool::give_away(Instance& instance) {
  const std::uint32_t waiting = others_waiting();
  if (waiting == 0 || !instance.movable()) return false;
  std::size_t side = 0;
  while ((waiting & (1u << side)) == 0) ++side;
  if (side >= pool_.world().sides.size()) return false;
  counters_.loops_waiting.fetch_and(~(1u << side), std::memory_order_relaxed);
  auto moving = std::make_shared<std::unique_ptr<Instance>>(detach(instance));
  (*moving)->leave_loop();
  pool_.on_home([serial = (*moving)->serial(), side](TemplateHome& home) { home.moved(serial, side); });
  pool_.on_side(side, [moving](LoopPool& pool) { pool.take_over(std::move(*moving)); });
  return true;
}

void LoopPool::take_over(std::unique_ptr<Instance> instance) {
  Instance& taken = *instance;
  instances_.push_back(std::move(instance));
  taken.enter_loop(*side_.loop, side_.scratch, *this);
  become_idle(taken, std::chrono::steady_clock::now());
  want_turn_end();
}

}  // namespace sojourn
