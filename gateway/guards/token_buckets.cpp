#include "gateway/guards/token_buckets.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sojourn {

TokenBuckets::TokenBuckets(const TokenBucketLimits& limits, MonotonicTime now)
    : made_(now),
      token_(std::max<Ticks>(std::llround(1e9 * kTicksPerNanosecond / limits.per_second), 1)),
      capacity_(token_ * limits.burst),
      hash_(KeyedHash::random()),
      sets_(limits.keys_max == 0 ? 0 : std::bit_ceil((static_cast<std::size_t>(limits.keys_max) + kWays - 1) / kWays)) {
  if (sets_ == 0) return;
  table_ = std::make_unique<Set[]>(sets_);
  locks_ = std::make_unique<std::array<Lock, kLocks>>();
}

TokenBuckets::Ticks TokenBuckets::ticks(MonotonicTime time) const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time - made_).count() * kTicksPerNanosecond;
}

bool TokenBuckets::spend(Ticks& full_at, Ticks now) const {
  const Ticks after = std::max(full_at, now) + token_;
  if (after - now > capacity_) return false;
  full_at = after;
  return true;
}

TokenBuckets::Verdict TokenBuckets::refused(Ticks full_at, Ticks now) const {
  const Ticks wait = full_at + token_ - capacity_ - now;
  return {false, std::chrono::nanoseconds((wait + kTicksPerNanosecond - 1) / kTicksPerNanosecond)};
}

TokenBuckets::Verdict TokenBuckets::take(MonotonicTime time) {
  const Ticks now = ticks(time);
  Ticks seen = all_.load(std::memory_order_relaxed);
  for (;;) {
    Ticks full_at = seen;
    if (!spend(full_at, now)) return refused(seen, now);
    if (all_.compare_exchange_weak(seen, full_at, std::memory_order_relaxed)) return {true, {}};
  }
}

TokenBuckets::Verdict TokenBuckets::take(std::string_view key, MonotonicTime time) {
  const std::uint64_t hash = std::max<std::uint64_t>(hash_(key), 1);
  const std::size_t index = hash & (sets_ - 1);
  const Ticks now = ticks(time);
  const std::lock_guard lock((*locks_)[index % kLocks].mutex);
  Slot& slot = slot_for(table_[index], hash, now);
  return spend(slot.full_at, now) ? Verdict{true, {}} : refused(slot.full_at, now);
}

TokenBuckets::Slot& TokenBuckets::slot_for(Set& set, std::uint64_t hash, Ticks now) {
  Slot* least = &set.slots[0];
  for (Slot& slot : set.slots) {
    if (slot.hash == hash) return slot;
    if (slot.full_at < least->full_at) least = &slot;
  }
  if (least->hash != 0 && least->full_at > now) forgotten_.fetch_add(1, std::memory_order_relaxed);
  *least = Slot{hash, now};
  return *least;
}

}  // namespace sojourn
