// Whether a request that failed is sent once more, and after how long.
//
// Thread: any; pure but for the random number handed in.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/call/caller.h"

namespace sojourn {

struct RetryBackoff {
  std::chrono::milliseconds initial{100};
  double factor = 2;
  std::chrono::milliseconds max{2'000};
  bool jitter = true;  // a random share of the pause, so that many callers do not come back together
};

struct RetryRules {
  int attempts = 3;  // the first one included
  RetryBackoff backoff;
  std::vector<int> statuses{502, 503, 504};
  std::vector<ErrorCode> codes;  // of failures of the platform; empty: those that become one of `statuses`
  bool unsafe = false;           // requests that are not idempotent too
};

// Idempotent by its method (RFC 9110, 9.2.2), marked with an Idempotency-Key, or of no concern to the policy.
bool may_repeat(const RetryRules& policy, const RequestView& request);

bool is_worth_repeating(const RetryRules& policy, int status);
bool is_worth_repeating(const RetryRules& policy, ErrorCode code);

// The pause before the attempt after `made` ones; nothing when there are no more, or time is over before it. `asked` is
// what Retry-After said. `random` is from 0 up to 1.
std::optional<std::chrono::milliseconds> pause_before_next(const RetryRules& policy, int made,
                                                           std::optional<std::chrono::milliseconds> asked,
                                                           std::chrono::nanoseconds time_left, double random);

// Retry-After in seconds; its other form, a date, is passed over.
std::optional<std::chrono::milliseconds> retry_after_of(const ReplyView& reply);

}  // namespace sojourn
