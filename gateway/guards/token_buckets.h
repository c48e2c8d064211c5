// TokenBuckets lets `per_second` calls pass on average and `burst` at once, for each key by itself. A bucket is one
// number: the time at which it will be full again (GCRA), so that nothing has to refill it.
//
// The keys are bounded: a table of hashes in sets of eight. A new key takes the place of a bucket that is full again,
// which forgets nothing; only when none of the eight is, the fullest is forgotten, and counted as such.
//
// Thread: any; exact over all loops. A set is locked for some tens of nanoseconds; without keys there is no lock.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/base/keyed_hash.h"

namespace sojourn {

struct TokenBucketLimits {
  double per_second = 1;
  int burst = 1;
  int keys_max = 0;  // 0: one bucket for all
};

class TokenBuckets {
 public:
  TokenBuckets(const TokenBucketLimits& limits, MonotonicTime now);

  struct Verdict {
    bool passed;
    std::chrono::nanoseconds wait;  // refused: until a token is there
  };
  // Takes a token from the bucket of all calls, or from the key's.
  Verdict take(MonotonicTime now);
  Verdict take(std::string_view key, MonotonicTime now);

  std::uint64_t forgotten() const { return forgotten_.load(std::memory_order_relaxed); }  // buckets that were not full

 private:
  using Ticks = std::int64_t;  // 1/64 ns since the making: rounding stays below 0.002 % at a million a second
  static constexpr int kTicksPerNanosecond = 64;
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kLocks = 64;

  struct Slot {
    std::uint64_t hash = 0;  // 0: free
    Ticks full_at = 0;
  };
  struct alignas(64) Set {
    std::array<Slot, kWays> slots;
  };
  struct alignas(64) Lock {
    std::mutex mutex;
  };

  Ticks ticks(MonotonicTime time) const;
  bool spend(Ticks& full_at, Ticks now) const;
  Verdict refused(Ticks full_at, Ticks now) const;
  Slot& slot_for(Set& set, std::uint64_t hash, Ticks now);

  const MonotonicTime made_;
  const Ticks token_;     // what one token takes to come back
  const Ticks capacity_;  // an empty bucket is this long from full
  std::atomic<Ticks> all_{0};
  const KeyedHash hash_;
  std::size_t sets_;
  std::unique_ptr<Set[]> table_;
  std::unique_ptr<std::array<Lock, kLocks>> locks_;
  std::atomic<std::uint64_t> forgotten_{0};
};

}  // namespace sojourn
