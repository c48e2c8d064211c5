// A Breaker decides whether calls still make sense, by how the last ones went:
//
//   closed     calls pass and are counted; too many failures open it
//   open       no call passes, for a while
//   half-open  a few probes pass, one after the other or together; so many successes close it, one failure opens it
//
// It opens when `failures` in a row failed, or when of at least `calls` in the window a share of `share` or more did.
//
// Thread: any; a lock that is held for some tens of nanoseconds.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "runtime/base/clock.h"

namespace sojourn {

struct BreakerLimits {
  int failures = 0;    // in a row; 0: does not matter
  double share = 0.5;  // of the window's calls, above 0 to 1
  int calls = 20;      // fewer in the window say nothing about the share
  std::chrono::milliseconds window{10'000};
  std::chrono::milliseconds open{10'000};
  int probes = 3;  // that have to succeed, and the most that are out at once
};

class Breaker {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };
  enum class Turn { kNone, kOpened, kClosed };           // what an outcome made of it
  enum class Outcome { kSucceeded, kFailed, kUnknown };  // kUnknown: the client was gone first

  // What a call got at the door, to be given back with its outcome.
  struct Ticket {
    enum class Kind { kPassed, kProbe, kRefused } kind;
    std::uint64_t era;              // a state that has ended learns nothing from its late calls
    std::chrono::nanoseconds wait;  // refused: until the next probe
  };

  explicit Breaker(const BreakerLimits& limits) : limits_(limits) {}

  Ticket admit(MonotonicTime now);
  Turn record(const Ticket& ticket, Outcome outcome, MonotonicTime now);
  State state() const;

 private:
  static constexpr std::int64_t kSlices = 10;
  struct Slice {
    std::int64_t number = -1;  // since the epoch; what is older than the window does not count
    int calls = 0;
    int failed = 0;
  };

  Turn enter(State state, MonotonicTime now);
  void count(bool failed, MonotonicTime now);
  bool too_many_failed(MonotonicTime now) const;
  std::int64_t slice_number(MonotonicTime now) const;

  const BreakerLimits limits_;
  mutable std::mutex mutex_;
  State state_ = State::kClosed;
  std::uint64_t era_ = 0;
  MonotonicTime opened_{};
  int failed_in_a_row_ = 0;
  int probes_out_ = 0;
  int probes_succeeded_ = 0;
  std::array<Slice, kSlices> slices_{};
};

}  // namespace sojourn
