// The guard `circuit-breaker`: while the inner links fail, calls are answered 503 at once, so that they have time to
// recover and callers do not wait for nothing.
//
//   failures  so many in a row open it; default: does not matter
//   share     of the window's calls, above 0 to 1; default 0.5
//   calls     fewer in the window say nothing about the share; default 20
//   window    duration; default 10s
//   open      duration for which it stays open; default 10s
//   probes    calls that have to succeed until it closes; default 3
//   statuses  what counts as a failure; default 500 to 599
//   slow      a call that took longer counts as a failure too; default: does not matter
//
// Failures of the platform count by the status they become. A stream counts by its head.
//
// Thread: any.
#pragma once

#include <vector>

#include "gateway/guards/breaker.h"
#include "gateway/guards/built_in_guard.h"

namespace sojourn {

struct CircuitBreakerOptions {
  BreakerLimits limits;
  std::vector<int> statuses;          // empty: 500 to 599
  std::chrono::milliseconds slow{0};  // 0: does not matter
};
Result<CircuitBreakerOptions> read_circuit_breaker(std::string_view with);

class CircuitBreaker final : public BuiltInGuard {
 public:
  explicit CircuitBreaker(CircuitBreakerOptions options);

  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override;

 private:
  class Watch;

  bool is_failure(int status, std::chrono::nanoseconds took) const;
  void record(const Breaker::Ticket& ticket, Breaker::Outcome outcome, MonotonicTime now);

  const CircuitBreakerOptions options_;
  Breaker breaker_;
};

}  // namespace sojourn
