// A ProgressWatch tells whether bytes keep moving: some within every `within`, and `bytes_per_second` on the average of
// each such span. It is asked now and then with the count of bytes so far; whoever pauses the transfer rests the watch.
//
// Thread: a value; one thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "runtime/base/clock.h"

namespace sojourn {

class ProgressWatch {
 public:
  void rest() { watching_ = false; }

  // False when the transfer is too slow.
  bool is_alive(MonotonicTime now, std::uint64_t moved, std::chrono::milliseconds within,
                std::size_t bytes_per_second) {
    if (!watching_) {
      watching_ = true;
      span_began_ = moved_last_ = now;
      span_moved_ = moved_ = moved;
      return true;
    }
    if (moved != moved_) {
      moved_ = moved;
      moved_last_ = now;
    }
    if (now - moved_last_ >= within) return false;
    if (now - span_began_ < within) return true;
    const auto needed = bytes_per_second * static_cast<std::uint64_t>(within.count()) / 1000;
    if (moved - span_moved_ < needed) return false;
    span_began_ = now;
    span_moved_ = moved;
    return true;
  }

 private:
  bool watching_ = false;
  MonotonicTime span_began_{};
  MonotonicTime moved_last_{};
  std::uint64_t span_moved_ = 0;
  std::uint64_t moved_ = 0;
};

}  // namespace sojourn
