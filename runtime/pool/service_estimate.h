// A ServiceEstimate follows how long a function's calls take inside an instance, to decide whether a call may wait
// behind others in the channel. Time is taken from outside, so on a busy machine most of it is waiting for the CPU:
// the estimate follows the quicker calls, near the first quarter, and rises only by steps. A call that really hangs is
// told by stalled().
//
// Thread: a value; one loop.
#pragma once

#include <algorithm>
#include <chrono>

namespace sojourn {

class ServiceEstimate {
 public:
  using Nanoseconds = std::chrono::nanoseconds;
  static constexpr Nanoseconds kQueueAheadMax = std::chrono::milliseconds(1);  // of work before a call

  static constexpr Nanoseconds kTogetherMax = 2 * kQueueAheadMax;

  bool known() const { return typical_ > Nanoseconds(0); }
  Nanoseconds value() const { return std::max(typical_, penalty_); }

  // `count` calls took `total` together.
  void add(Nanoseconds total, int count) {
    const Nanoseconds sample = std::max(total / count, Nanoseconds(500));
    if (!known()) {
      typical_ = sample;
    } else if (sample < typical_) {
      typical_ -= (typical_ - sample) / 4;
    } else {
      typical_ += std::min(sample - typical_, typical_ / 32);
    }
    penalty_ -= penalty_ / 4;
  }
  // A call made no progress for as long as anything may wait: for a while nothing waits behind another.
  void stalled() { penalty_ = kQueueAheadMax + kQueueAheadMax / 8; }

  // May one more call wait behind `depth` others in an instance, within `bound`?
  bool fits(int depth, Nanoseconds bound = kQueueAheadMax) const { return known() && value() * (depth + 1) <= bound; }
  // May calls that arrive together go to one instance, which is woken once for all of them? What they take is then
  // seen without the waking; if they hang after all, they come back.
  bool may_go_together() const { return known() && typical_ <= kTogetherMax && penalty_ <= kQueueAheadMax / 2; }
  // Are `count` calls less than `bound` of work, a stall now and then left aside?
  bool is_short(int count, Nanoseconds bound) const { return known() && typical_ * count <= bound; }

 private:
  Nanoseconds typical_{0};
  Nanoseconds penalty_{0};
};

}  // namespace sojourn
