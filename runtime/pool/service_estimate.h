// A ServiceEstimate follows how long a function's calls take inside an instance, to decide whether a call may wait
// behind others in the channel. It is quick to believe in shorter calls and slow to believe in longer ones, since what
// makes a call look long is most often a neighbour on the CPU; a call that really hangs is told by stalled().
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
      typical_ += std::min(sample - typical_, 8 * typical_) / 16;
    }
    penalty_ -= penalty_ / 4;
  }
  // A call made no progress for as long as anything may wait: for a while nothing waits behind another.
  void stalled() { penalty_ = kQueueAheadMax + kQueueAheadMax / 8; }

  // May one more call wait behind `depth` others in an instance, within `bound`?
  bool fits(int depth, Nanoseconds bound = kQueueAheadMax) const { return known() && value() * (depth + 1) <= bound; }
  // Are `count` calls less than `bound` of work, a stall now and then left aside?
  bool is_short(int count, Nanoseconds bound) const { return known() && typical_ * count <= bound; }

 private:
  Nanoseconds typical_{0};
  Nanoseconds penalty_{0};
};

}  // namespace sojourn
