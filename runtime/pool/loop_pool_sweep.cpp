// What time brings: deadlines, calls that waited too long, instances that hang, leave too slowly or are not needed.
#include <utility>

#include "runtime/base/duration_text.h"
#include "runtime/pool/loop_pool.h"
#include "runtime/pool/version_pool.h"

namespace sojourn {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{1000};

}  // namespace

void LoopPool::sweep() {
  const MonotonicTime now = std::chrono::steady_clock::now();
  // By index from the end: an instance may go, and only at the place that is looked at.
  for (std::size_t i = instances_.size(); i > 0; --i) {
    if (i <= instances_.size()) sweep_instance(*instances_[i - 1], now);
  }
  sweep_backlog(now);
  sweep_idle(now);
  want_turn_end();
}

void LoopPool::sweep_instance(Instance& instance, MonotonicTime now) {
  const auto over = [&](std::chrono::nanoseconds limit) {
    alarm_.want(instance.since() + limit);
    return now - instance.since() >= limit;
  };
  // Timers come before ready descriptors: what is awaited may be there already, so it gets one turn more.
  const auto surely_over = [&](std::chrono::nanoseconds limit) {
    if (!over(limit)) return false;
    alarm_.want(now + std::chrono::milliseconds(1));
    return std::exchange(instance.last_turn, true);
  };
  switch (instance.state()) {
    case Instance::State::kForking:
      return sweep_ahead(instance, now);
    case Instance::State::kStarting:
      sweep_ahead(instance, now);
      if (over(kStartMax)) instance.fail_start("START did not end within 10 s");
      return;
    case Instance::State::kReady:
      return sweep_serving(instance, now);
    case Instance::State::kLeaving:
      if (instance.depth() > 0) return sweep_serving(instance, now);
      if (over(kLeaveMax)) instance.kill();
      return;
    case Instance::State::kDying:
      // It has been killed, and still something holds its channel: only the whole template is sure to.
      if (!surely_over(kEndOfFileMax)) return;
      pool_.on_home([serial = instance.serial()](TemplateHome& home) { home.kill(serial, 0); });
      return instance.give_up();
    case Instance::State::kEnded:
      if (surely_over(kReasonMax)) instance.on_exit(std::nullopt);
      return;
    default:
      return;
  }
}

void LoopPool::sweep_serving(Instance& instance, MonotonicTime now) {
  // An idle process of the shelf is left alone: it may be gone before it is worth it.
  if (!fresh() || instance.depth() > 0) {
    const auto settles = (fresh() ? instance.busy_since : instance.since()) + kUnsettledMax;
    if (now >= settles) {
      instance.settle();
    } else {
      alarm_.want(settles);
    }
  }
  if (instance.depth() == 0) return;
  if (instance.head_deadline() <= now) {
    instance.poll();  // a reply that is there already is in time
    if (instance.state() >= Instance::State::kDying || instance.depth() == 0) return;
  }
  if (instance.head_deadline() <= now) {
    const std::string limit =
        "the function did not answer within " + duration_text(instance.head_timeout()) + " (timeout)";
    return instance.end_by(Error(ErrorCode::kDeadline, limit));
  }
  alarm_.want(instance.head_deadline());
  if (instance.depth() <= 1) return;
  // Calls wait behind the head. They come back when it was running at the last look and still is: then the instance
  // had the CPU, and used it for one call.
  alarm_.want(now + kStallMax);
  if (instance.seen_head != 0 && instance.seen_head == instance.running_head()) {
    instance.poll();
    if (instance.seen_head == instance.running_head() && instance.depth() > 1) {
      service_.stalled();
      instance.recall_waiting();
    }
  }
  instance.seen_head = instance.running_head();
}

// A call that waits in the channel of an instance being made has waited as long as in the backlog.
void LoopPool::sweep_ahead(Instance& instance, MonotonicTime now) {
  if (instance.depth() == 0) return;
  auto& call = static_cast<PoolCall&>(*instance.head_call());
  const auto until = call.placed_at + pool_.version().config.backlog.wait;
  if (now < until) return alarm_.want(until);
  if (instance.abandon(call)) refuse_waited(call);
}

void LoopPool::refuse_waited(PoolCall& call) {
  call.instance = nullptr;
  refuse_later(
      call,
      Error(ErrorCode::kNoCapacity,
            "no instance was free within " + duration_text(pool_.version().config.backlog.wait) + " (backlog.wait)"),
      kRetryAfter);
}

void LoopPool::sweep_backlog(MonotonicTime now) {
  const auto wait = pool_.version().config.backlog.wait;
  while (!backlog_.empty() && now - backlog_.front()->placed_at >= wait) {
    PoolCall& call = *backlog_.front();
    unqueue(call);
    refuse_waited(call);
  }
  if (!backlog_.empty()) alarm_.want(backlog_.front()->placed_at + wait);
}

void LoopPool::sweep_idle(MonotonicTime now) {
  const FunctionConfig& config = pool_.version().config;
  const auto keep = fresh() ? std::chrono::milliseconds(kShelfMax) : config.instances.idle;
  const int least = min_wanted_ && !counters_.retired.load(std::memory_order_relaxed) ? config.instances.min : 0;
  while (!idle_.empty() && counters_.instances.load(std::memory_order_relaxed) > least) {
    Instance& longest = *idle_.front();
    if (now - longest.idle_since < keep) return alarm_.want(longest.idle_since + keep);
    drop_idle(longest);
    longest.retire();
  }
}

}  // namespace sojourn
