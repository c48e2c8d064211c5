// The guard `retry`: sends a request inwards again when it failed, with growing pauses.
//
//   attempts  the first one included, 2 to 10; default 3
//   backoff   {initial: 100ms, factor: 2, max: 2s, jitter: full | none}
//   statuses  that are worth another attempt; default [502, 503, 504]
//   codes     the same for failures of the platform, by code; default: those that become one of `statuses`
//   unsafe    true: requests that are neither idempotent nor marked with an Idempotency-Key too
//
// The last answer is the client's. A Retry-After is waited for; when the chain's time is over before the next attempt,
// the answer at hand is passed on at once. A reply that streams is never repeated.
//
// Thread: any.
#pragma once

#include "gateway/guards/built_in_guard.h"
#include "gateway/guards/retry_rules.h"

namespace sojourn {

Result<RetryRules> read_retry(std::string_view with);

class Retry final : public BuiltInGuard {
 public:
  explicit Retry(RetryRules policy);

  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override;

 private:
  class Attempts;

  const RetryRules policy_;
};

}  // namespace sojourn
