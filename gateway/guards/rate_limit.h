// The guard `rate-limit`: so many calls a second, and a burst of so many at once, for a function as a whole or for each
// value of a call-side reference. What is too much is answered 429 with the time after which a call will pass.
//
//   perSecond  a number above 0; required
//   burst      calls; default perSecond, at least 1
//   key        header:NAME, query:NAME, cookie:NAME, address, token; default: one limit for all calls
//   keys       how many keys are told apart at once; default 16384
//
// Calls without the referenced value share one limit. Addresses of IPv6 count by their /64, which is one customer's.
//
// Thread: any, exact over all loops.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/guards/built_in_guard.h"
#include "gateway/guards/token_buckets.h"
#include "runtime/base/call_reference.h"

namespace sojourn {

struct RateLimitOptions {
  double per_second = 0;
  int burst = 0;  // 0: as perSecond says
  std::optional<CallReference> key;
  int keys = 16'384;
};
Result<RateLimitOptions> read_rate_limit(std::string_view with);

class RateLimit final : public BuiltInGuard {
 public:
  explicit RateLimit(const RateLimitOptions& options, MonotonicTime now = Clock::system().now());

  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override;

  // What enter() decides, without the rest of the chain.
  TokenBuckets::Verdict decide(const RequestView& request, MonotonicTime now);

 private:
  const std::optional<CallReference> key_;
  const std::string refusal_;
  TokenBuckets buckets_;
};

}  // namespace sojourn
