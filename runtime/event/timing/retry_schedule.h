// When a failed attempt is made again. The waits grow by the policy; a random part of them is left out, so that what
// failed together does not come back together.
//
// Thread: any; pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "loader/retry_policy.h"

namespace sojourn {

// The longest wait that a Retry-After may ask for; one that asks for more gets so much.
inline constexpr std::chrono::milliseconds kRetryAfterMax{3'600'000};

// The wait after attempt number `attempt` (from 1) failed. `random` is evenly distributed in [0, 1).
std::chrono::milliseconds retry_wait(const RetryPolicy& policy, int attempt, double random);

// The same where the one who failed has said when to come again: that, within kRetryAfterMax.
std::chrono::milliseconds retry_wait(const RetryPolicy& policy, int attempt, double random,
                                     std::optional<std::chrono::milliseconds> asked);

// The value of a Retry-After field (RFC 9110, 10.2.3): seconds, or an HTTP date, from `now_ms` (since 1970) on. A date
// that has passed is no wait; what is neither is nothing.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view value, std::int64_t now_ms);

}  // namespace sojourn
