#include "gateway/guards/circuit_breaker.h"

#include <algorithm>
#include <utility>

#include "gateway/guards/option_table.h"
#include "gateway/guards/passage.h"
#include "runtime/loop/loop.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDecisions[] = {"passed", "probed", "refused", "opened", "closed"};
enum class Decision { kPassed, kProbed, kRefused, kOpened, kClosed };

constexpr OptionKey<CircuitBreakerOptions> kKeys[] = {
    {"failures",
     [](const Place& p, const Node& n, CircuitBreakerOptions& o) {
       read_integer(p, n, {1, 100'000}, o.limits.failures);
     }},
    {"share",
     [](const Place& p, const Node& n, CircuitBreakerOptions& o) {
       read_number(p, n, {0.001, 1}, o.limits.share);
     }},
    {"calls",
     [](const Place& p, const Node& n, CircuitBreakerOptions& o) {
       read_integer(p, n, {1, 1'000'000}, o.limits.calls);
     }},
    {"window",
     [](const Place& p, const Node& n, CircuitBreakerOptions& o) {
       read_duration(p, n, {100ms, 1h}, o.limits.window);
     }},
    {"open",
     [](const Place& p, const Node& n, CircuitBreakerOptions& o) {
       read_duration(p, n, {10ms, 1h}, o.limits.open);
     }},
    {"probes",
     [](const Place& p, const Node& n, CircuitBreakerOptions& o) {
       read_integer(p, n, {1, 1000}, o.limits.probes);
     }},
    {"statuses", [](const Place& p, const Node& n, CircuitBreakerOptions& o) { read_statuses(p, n, o.statuses); }},
    {"slow",
     [](const Place& p, const Node& n, CircuitBreakerOptions& o) {
       read_duration(p, n, {1ms, 15min}, o.slow);
     }},
};

}  // namespace

Result<CircuitBreakerOptions> read_circuit_breaker(std::string_view with) {
  return read_options<CircuitBreakerOptions>(with, kKeys,
                                             [](const Place&, const Node&, const CircuitBreakerOptions&) {});
}

// Sees how a call that passed ends.
class CircuitBreaker::Watch final : public Passage {
 public:
  Watch(CircuitBreaker& guard, const Breaker::Ticket& ticket, const Inner& inner, Caller& caller)
      : Passage(inner, caller), guard_(guard), ticket_(ticket), began_(inner.loop().now()) {}
  ~Watch() override { tell(Breaker::Outcome::kUnknown); }

  void on_reply(const ReplyView& reply, const CallTimes& times) override {
    ended(reply.status);
    Passage::on_reply(reply, times);
  }
  void on_failure(const CallFailure& failure, const CallTimes& times) override {
    ended(facts(failure.code).http_status);
    Passage::on_failure(failure, times);
  }
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override {
    ended(head.status);
    Passage::on_stream_begin(head, times);
  }

 private:
  void ended(int status) {
    const bool failed = guard_.is_failure(status, inner_.loop().now() - began_);
    tell(failed ? Breaker::Outcome::kFailed : Breaker::Outcome::kSucceeded);
  }
  void tell(Breaker::Outcome outcome) {
    if (!std::exchange(told_, true)) guard_.record(ticket_, outcome, inner_.loop().now());
  }

  CircuitBreaker& guard_;
  const Breaker::Ticket ticket_;
  const MonotonicTime began_;
  bool told_ = false;
};

CircuitBreaker::CircuitBreaker(CircuitBreakerOptions options)
    : BuiltInGuard(kDecisions), options_(std::move(options)), breaker_(options_.limits) {}

bool CircuitBreaker::is_failure(int status, std::chrono::nanoseconds took) const {
  if (options_.slow.count() > 0 && took > options_.slow) return true;
  if (options_.statuses.empty()) return status >= 500;
  return std::ranges::find(options_.statuses, status) != options_.statuses.end();
}

void CircuitBreaker::record(const Breaker::Ticket& ticket, Breaker::Outcome outcome, MonotonicTime now) {
  switch (breaker_.record(ticket, outcome, now)) {
    case Breaker::Turn::kNone:
      return;
    case Breaker::Turn::kOpened:
      return count(Decision::kOpened);
    case Breaker::Turn::kClosed:
      return count(Decision::kClosed);
  }
}

CallHandle CircuitBreaker::enter(const RequestView& request, const Inner& inner, Caller& caller) {
  const Breaker::Ticket ticket = breaker_.admit(inner.loop().now());
  if (ticket.kind == Breaker::Ticket::Kind::kRefused) {
    count(Decision::kRefused);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(ticket.wait);
    return inner.refuse({ErrorCode::kNoCapacity,
                         "circuit-breaker: open after too many failures of what is behind it; try again later", wait},
                        caller);
  }
  count(ticket.kind == Breaker::Ticket::Kind::kProbe ? Decision::kProbed : Decision::kPassed);
  return (new Watch(*this, ticket, inner, caller))->begin(request);
}

}  // namespace sojourn
