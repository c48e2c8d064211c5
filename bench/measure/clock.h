// Time as the benchmark's programs read it: nanoseconds of the monotonic clock.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <time.h>

namespace bench {

using Nanoseconds = std::int64_t;

inline Nanoseconds now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<Nanoseconds>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

// Lets caches go cold between two samples, as they are for an act that happens now and then.
inline void pause_ms(long milliseconds) {
  if (milliseconds <= 0) return;
  const timespec length{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  nanosleep(&length, nullptr);
}

}  // namespace bench
