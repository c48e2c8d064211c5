// An ArrivalEstimate says how many calls a function that gets a process per call should have waiting: the 99th
// percentile of arrivals in 20 ms over the last 10 s, and one more.
//
// Thread: a value; one loop.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "runtime/base/clock.h"

namespace sojourn {

class ArrivalEstimate {
 public:
  static constexpr std::chrono::milliseconds kStep{20};
  static constexpr std::size_t kSteps = 500;

  void arrived(MonotonicTime now);
  // What the shelf should hold now, before `min` and `max` bound it.
  int target(MonotonicTime now);

 private:
  static constexpr std::size_t kCountMax = 255;
  void move_to(MonotonicTime now);
  int percentile() const;

  std::array<std::uint8_t, kSteps> steps_{};           // arrivals per step, a ring
  std::array<std::uint16_t, kCountMax + 1> having_{};  // how many steps had so many arrivals
  std::int64_t step_ = -1;                             // the running one, since the epoch
};

}  // namespace sojourn
