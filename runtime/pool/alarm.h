// An Alarm is one timer for many deadlines: whoever needs attention at some time wants it, the earliest wins, and the
// sweep that it calls looks at everything and wants again. Wanting a later time than the one set costs a comparison,
// so a deadline per call costs no timer per call.
//
// Thread: the loop's.
// Owner:  a member of what it sweeps; the timer is made at the first want().
#pragma once

#include <functional>
#include <optional>

#include "runtime/base/clock.h"
#include "runtime/loop/loop.h"

namespace sojourn {

class Alarm {
 public:
  Alarm(Loop& loop, std::function<void()> sweep) : loop_(loop), sweep_(std::move(sweep)) {}

  void want(MonotonicTime at) {
    if (at < armed_) arm(at);
  }
  // Lets go of the timer; the next want() makes another.
  void rest() {
    timer_.reset();
    armed_ = MonotonicTime::max();
  }

 private:
  void arm(MonotonicTime at);

  Loop& loop_;
  std::function<void()> sweep_;
  std::optional<Timer> timer_;
  MonotonicTime armed_ = MonotonicTime::max();
};

}  // namespace sojourn
