// Random numbers for choices that nobody gains from guessing: which call is mirrored, how long a retry waits.
//
// Thread: any; each has a generator of its own.
#pragma once

#include <random>

namespace sojourn {

// Evenly from 0 up to, not including, 1.
inline double chance() {
  thread_local std::minstd_rand generator(std::random_device{}());
  return std::generate_canonical<double, 32>(generator);
}

}  // namespace sojourn
