#include "gateway/guards/breaker.h"

namespace sojourn {

using Kind = Breaker::Ticket::Kind;

Breaker::State Breaker::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Breaker::Turn Breaker::enter(State state, MonotonicTime now) {
  state_ = state;
  ++era_;
  opened_ = now;
  failed_in_a_row_ = probes_out_ = probes_succeeded_ = 0;
  slices_.fill(Slice{});
  return state == State::kOpen ? Turn::kOpened : state == State::kClosed ? Turn::kClosed : Turn::kNone;
}

Breaker::Ticket Breaker::admit(MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kOpen && now >= opened_ + limits_.open) enter(State::kHalfOpen, now);
  switch (state_) {
    case State::kClosed:
      return {Kind::kPassed, era_, {}};
    case State::kOpen:
      return {Kind::kRefused, era_, opened_ + limits_.open - now};
    case State::kHalfOpen:
      break;
  }
  constexpr std::chrono::seconds kProbeMayTake{1};
  if (probes_out_ + probes_succeeded_ >= limits_.probes) return {Kind::kRefused, era_, kProbeMayTake};
  ++probes_out_;
  return {Kind::kProbe, era_, {}};
}

Breaker::Turn Breaker::record(const Ticket& ticket, Outcome outcome, MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  if (ticket.era != era_ || ticket.kind == Kind::kRefused) return Turn::kNone;
  if (ticket.kind == Kind::kProbe) {
    --probes_out_;
    if (outcome == Outcome::kFailed) return enter(State::kOpen, now);
    const bool last = outcome == Outcome::kSucceeded && ++probes_succeeded_ >= limits_.probes;
    return last ? enter(State::kClosed, now) : Turn::kNone;
  }
  if (outcome == Outcome::kUnknown) return Turn::kNone;
  count(outcome == Outcome::kFailed, now);
  return outcome == Outcome::kFailed && too_many_failed(now) ? enter(State::kOpen, now) : Turn::kNone;
}

std::int64_t Breaker::slice_number(MonotonicTime now) const {
  return now.time_since_epoch() * kSlices / limits_.window;
}

void Breaker::count(bool failed, MonotonicTime now) {
  const std::int64_t number = slice_number(now);
  Slice& slice = slices_[static_cast<std::size_t>(number % kSlices)];
  if (slice.number != number) slice = Slice{number};
  ++slice.calls;
  slice.failed += failed ? 1 : 0;
  failed_in_a_row_ = failed ? failed_in_a_row_ + 1 : 0;
}

bool Breaker::too_many_failed(MonotonicTime now) const {
  if (limits_.failures > 0 && failed_in_a_row_ >= limits_.failures) return true;
  const std::int64_t number = slice_number(now);
  int calls = 0;
  int failed = 0;
  for (const Slice& slice : slices_) {
    if (slice.number <= number - kSlices) continue;
    calls += slice.calls;
    failed += slice.failed;
  }
  return calls >= limits_.calls && failed >= limits_.share * calls;
}

}  // namespace sojourn
