// How long to wait before a process that died is started again: not at all the first time, then 100 ms, doubled up to
// 5 s. A process that lived for 2 s begins anew.
//
// Thread: one; a value.
#pragma once

#include <algorithm>
#include <chrono>

namespace sojourn {

class Backoff {
 public:
  std::chrono::milliseconds next(std::chrono::steady_clock::duration lived) {
    if (lived >= kHealthy) next_ = std::chrono::milliseconds(0);
    const std::chrono::milliseconds delay = next_;
    next_ = std::clamp(next_ * 2, kFirst, kLongest);
    return delay;
  }

 private:
  static constexpr std::chrono::seconds kHealthy{2};
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{5000};

  std::chrono::milliseconds next_{0};
};

}  // namespace sojourn
