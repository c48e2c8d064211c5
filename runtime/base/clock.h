// Clock tells monotonic and wall time through one edge, so that tests can turn it.
// Every timeout and lease is monotonic; wall time is only ever shown or stored.
//
// Thread: any. The system clock's object lives as long as the program.
#pragma once

#include <chrono>

namespace sojourn {

using MonotonicTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime now() const = 0;
  virtual WallTime wall() const = 0;

  static const Clock& system();
};

}  // namespace sojourn
