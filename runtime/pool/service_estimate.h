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

  bool known() const { return estimate_ > Nanoseconds(0); }
  Nanoseconds value() const { return estimate_; }

  // `count` calls took `total` together.
  void add(Nanoseconds total, int count) {
    const Nanoseconds sample = std::max(total / count, Nanoseconds(500));
    if (!known()) {
      estimate_ = sample;
    } else if (sample < estimate_) {
      estimate_ -= (estimate_ - sample) / 4;
    } else {
      estimate_ += std::min(sample - estimate_, 8 * estimate_) / 16;
    }
  }
  // A call made no progress for as long as anything may wait.
  void stalled() { estimate_ = std::max(estimate_, kQueueAheadMax + kQueueAheadMax / 8); }

  // May one more call wait behind `depth` others, within `bound`?
  bool fits(int depth, Nanoseconds bound = kQueueAheadMax) const { return known() && estimate_ * (depth + 1) <= bound; }

 private:
  Nanoseconds estimate_{0};
};

}  // namespace sojourn
