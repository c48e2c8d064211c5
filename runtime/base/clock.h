// Clock tells monotonic and wall time through one edge, so that tests can turn it.
// Every timeout and lease is monotonic; wall time is only ever shown or stored.
//
// Thread: any. The system clock's object lives as long as the program.
#pragma once

#include <chrono>
#include <cstdint>

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

// The wall time in milliseconds since 1970: what is stored, since it outlives the process.
inline std::int64_t wall_ms(const Clock& clock = Clock::system()) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.wall().time_since_epoch()).count();
}

}  // namespace sojourn
