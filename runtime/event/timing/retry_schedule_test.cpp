#include "runtime/event/timing/retry_schedule.h"

#include <doctest/doctest.h>
#include <vector>

using namespace sojourn;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

std::vector<long> waits(const RetryPolicy& policy, int attempts, double random) {
  std::vector<long> all;
  for (int attempt = 1; attempt <= attempts; ++attempt) all.push_back(retry_wait(policy, attempt, random).count());
  return all;
}

RetryPolicy policy(BackoffKind backoff, Jitter jitter = Jitter::kNone) {
  RetryPolicy made;
  made.backoff = backoff;
  made.initial = 100ms;
  made.factor = 3;
  made.max = 1000ms;
  made.jitter = jitter;
  return made;
}

}  // namespace

TEST_CASE("retry schedule: waits stay, grow by the first one, or by the factor, up to the longest") {
  CHECK(waits(policy(BackoffKind::kConstant), 4, 0.5) == std::vector<long>{100, 100, 100, 100});
  CHECK(waits(policy(BackoffKind::kLinear), 4, 0.5) == std::vector<long>{100, 200, 300, 400});
  CHECK(waits(policy(BackoffKind::kExponential), 4, 0.5) == std::vector<long>{100, 300, 900, 1000});
  CHECK(waits(policy(BackoffKind::kLinear), 12, 0.5).back() == 1000);
}

TEST_CASE("retry schedule: many attempts and a large factor stay at the longest wait") {
  RetryPolicy steep = policy(BackoffKind::kExponential);
  steep.factor = 1000;
  CHECK(retry_wait(steep, kAttemptsMax, 0.5) == 1000ms);
  CHECK(retry_wait(steep, 0, 0.5) == 100ms);
}

TEST_CASE("retry schedule: full jitter reaches from nothing to the wait, equal jitter over its upper half") {
  CHECK(retry_wait(policy(BackoffKind::kLinear, Jitter::kFull), 4, 0.0) == 0ms);
  CHECK(retry_wait(policy(BackoffKind::kLinear, Jitter::kFull), 4, 0.25) == 100ms);
  CHECK(retry_wait(policy(BackoffKind::kLinear, Jitter::kEqual), 4, 0.0) == 200ms);
  CHECK(retry_wait(policy(BackoffKind::kLinear, Jitter::kEqual), 4, 0.5) == 300ms);
}

TEST_CASE("retry schedule: a wait that was asked for is obeyed up to an hour") {
  const RetryPolicy plain = policy(BackoffKind::kConstant);
  CHECK(retry_wait(plain, 1, 0.5, 7s) == 7s);
  CHECK(retry_wait(plain, 1, 0.5, 2h) == kRetryAfterMax);
  CHECK(retry_wait(plain, 1, 0.5, -1s) == 0ms);
  CHECK(retry_wait(plain, 1, 0.5, std::nullopt) == 100ms);
}

TEST_CASE("retry schedule: Retry-After is read as seconds and as a date") {
  constexpr std::int64_t kThen = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT
  CHECK(read_retry_after("120", 0) == milliseconds(120s));
  CHECK(read_retry_after("0", 0) == 0ms);
  CHECK(read_retry_after("99999999999999999999", 0) == kRetryAfterMax);
  CHECK(read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kThen - 90'000) == milliseconds(90s));
  CHECK(read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kThen + 90'000) == 0ms);
  for (const char* wrong : {"", "soon", "-1", "1.5", " 3", "Sun, 32 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"}) {
    CHECK_FALSE(read_retry_after(wrong, 0).has_value());
  }
}
