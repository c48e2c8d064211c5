#include "gateway/guards/breaker.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;
using Outcome = Breaker::Outcome;
using Kind = Breaker::Ticket::Kind;

struct Turned {
  MonotonicTime now{1000h};
  Breaker breaker;

  explicit Turned(BreakerLimits limits) : breaker(limits) {}
  Kind call(Outcome outcome) {
    const Breaker::Ticket ticket = breaker.admit(now);
    breaker.record(ticket, outcome, now);
    return ticket.kind;
  }
  void calls(int count, Outcome outcome) {
    for (int i = 0; i < count; ++i) CHECK(call(outcome) == Kind::kPassed);
  }
};

BreakerLimits in_a_row(int failures) {
  return {.failures = failures, .calls = 1'000'000, .open = 5s, .probes = 2};
}

}  // namespace

TEST_CASE("breaker: failures in a row open it, and a success in between does not let them add up") {
  Turned turned(in_a_row(3));
  turned.calls(2, Outcome::kFailed);
  turned.calls(1, Outcome::kSucceeded);
  turned.calls(2, Outcome::kFailed);
  CHECK(turned.breaker.state() == State::kClosed);
  turned.calls(1, Outcome::kFailed);
  CHECK(turned.breaker.state() == State::kOpen);
}

TEST_CASE("breaker: a share of the window's calls opens it, and a few calls say nothing") {
  Turned turned({.share = 0.5, .calls = 10, .window = 10s});
  turned.calls(5, Outcome::kSucceeded);
  turned.calls(4, Outcome::kFailed);
  CHECK(turned.breaker.state() == State::kClosed);
  turned.calls(1, Outcome::kFailed);
  CHECK(turned.breaker.state() == State::kOpen);
}

TEST_CASE("breaker: what is older than the window is forgotten") {
  Turned turned({.share = 0.5, .calls = 10, .window = 10s});
  turned.calls(9, Outcome::kFailed);
  turned.now += 11s;
  turned.calls(9, Outcome::kFailed);
  CHECK(turned.breaker.state() == State::kClosed);
  turned.now += 8s;
  turned.calls(1, Outcome::kFailed);
  CHECK(turned.breaker.state() == State::kOpen);
}

TEST_CASE("breaker: while it is open no call passes, and it says how long") {
  Turned turned(in_a_row(1));
  turned.calls(1, Outcome::kFailed);
  turned.now += 2s;
  const Breaker::Ticket ticket = turned.breaker.admit(turned.now);
  CHECK(ticket.kind == Kind::kRefused);
  CHECK(ticket.wait == 3s);
}

TEST_CASE("breaker: probes that succeed close it, and no more than so many are out") {
  Turned turned(in_a_row(1));
  turned.calls(1, Outcome::kFailed);
  turned.now += 5s;
  const Breaker::Ticket first = turned.breaker.admit(turned.now);
  const Breaker::Ticket second = turned.breaker.admit(turned.now);
  CHECK(first.kind == Kind::kProbe);
  CHECK(second.kind == Kind::kProbe);
  CHECK(turned.call(Outcome::kSucceeded) == Kind::kRefused);
  turned.breaker.record(first, Outcome::kSucceeded, turned.now);
  CHECK(turned.breaker.state() == State::kHalfOpen);
  turned.breaker.record(second, Outcome::kSucceeded, turned.now);
  CHECK(turned.breaker.state() == State::kClosed);
}

TEST_CASE("breaker: one failed probe opens it again for the whole time") {
  Turned turned(in_a_row(1));
  turned.calls(1, Outcome::kFailed);
  turned.now += 5s;
  CHECK(turned.call(Outcome::kFailed) == Kind::kProbe);
  turned.now += 4s;
  CHECK(turned.call(Outcome::kSucceeded) == Kind::kRefused);
  turned.now += 1s;
  CHECK(turned.call(Outcome::kSucceeded) == Kind::kProbe);
}

TEST_CASE("breaker: a probe whose client went away gives its place back") {
  Turned turned(in_a_row(1));
  turned.calls(1, Outcome::kFailed);
  turned.now += 5s;
  for (int i = 0; i < 10; ++i) CHECK(turned.call(Outcome::kUnknown) == Kind::kProbe);
  CHECK(turned.breaker.state() == State::kHalfOpen);
}

TEST_CASE("breaker: a call that began before it opened does not count afterwards") {
  Turned turned(in_a_row(1));
  const Breaker::Ticket late = turned.breaker.admit(turned.now);
  turned.calls(1, Outcome::kFailed);
  turned.now += 5s;
  const Breaker::Ticket probe = turned.breaker.admit(turned.now);
  CHECK(probe.kind == Kind::kProbe);
  turned.breaker.record(late, Outcome::kFailed, turned.now);
  CHECK(turned.breaker.state() == State::kHalfOpen);
}

}  // namespace sojourn
