// The DispatchClock tells the dispatcher the wall time, which what is stored goes by, without its jumps back: those
// would put off whatever was due already. It runs on with the monotonic clock instead, until the wall has caught up; a
// jump forward is followed.
//
// Thread: one; pure, told both times.
#pragma once

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

class DispatchClock {
 public:
  EpochMs now(MonotonicTime monotonic, EpochMs wall) {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(monotonic - looked_);
    const EpochMs ran_on = told_ == 0 ? 0 : told_ + passed.count();
    if (told_ == 0 || passed.count() > 0 || wall > ran_on) {
      looked_ = told_ == 0 ? monotonic : looked_ + passed;
      told_ = std::max(wall, ran_on);
    }
    return told_;
  }

 private:
  MonotonicTime looked_{};
  EpochMs told_ = 0;  // at looked_; 0: nobody has asked yet
};

}  // namespace sojourn
