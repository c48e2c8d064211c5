// How often something is tried and how long it waits in between: the value of the key `retry`. Plain data.
//
// Thread: a value; any thread.
#pragma once

#include <chrono>

namespace sojourn {

enum class BackoffKind { kConstant, kLinear, kExponential };
enum class Jitter {
  kNone,
  kFull,   // anything from 0 to the wait
  kEqual,  // half the wait, and anything from 0 to the other half
};

struct RetryPolicy {
  int attempts = 5;  // the first one too
  BackoffKind backoff = BackoffKind::kExponential;
  std::chrono::milliseconds initial{1'000};
  double factor = 2.0;                     // kExponential: each wait is so many times the one before
  std::chrono::milliseconds max{120'000};  // no wait is longer
  Jitter jitter = Jitter::kFull;

  bool operator==(const RetryPolicy&) const = default;
};

inline constexpr int kAttemptsMax = 100;

}  // namespace sojourn
