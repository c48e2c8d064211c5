// A CrashBudget counts how often a template's instances crash. Three crashes in a minute spend it: the template is
// replaced, so that what was learned about its memory layout is worth nothing. A template that spends it again within
// a minute is replaced only after a pause, from 1 s doubling to 60 s.
//
// Thread: a value; the home loop.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>

#include "runtime/base/clock.h"

namespace sojourn {

class CrashBudget {
 public:
  static constexpr std::size_t kCrashes = 3;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::chrono::seconds kPauseFirst{1};
  static constexpr std::chrono::seconds kPauseMax{60};

  // True when this crash spends the budget; pause() then says how long to wait, and counting begins anew.
  bool crashed(MonotonicTime now) {
    if (count_ == kCrashes - 1 && now - times_[0] <= kWindow) {
      spend(now);
      return true;
    }
    if (count_ == kCrashes - 1) {
      std::shift_left(times_.begin(), times_.end(), 1);
      --count_;
    }
    times_[count_++] = now;
    return false;
  }
  // Spends it whole, for what must not happen even once.
  void spend(MonotonicTime now) {
    const bool again = spent_before_ && now - last_spent_ <= kWindow + pause_;
    pause_ = !again ? std::chrono::seconds(0) : std::clamp<std::chrono::seconds>(2 * pause_, kPauseFirst, kPauseMax);
    spent_before_ = true;
    last_spent_ = now;
    count_ = 0;
  }
  std::chrono::seconds pause() const { return pause_; }

 private:
  std::array<MonotonicTime, kCrashes - 1> times_{};
  std::size_t count_ = 0;
  bool spent_before_ = false;
  MonotonicTime last_spent_{};
  std::chrono::seconds pause_{0};
};

}  // namespace sojourn
