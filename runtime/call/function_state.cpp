#include "runtime/call/function_state.h"

#include <sojourn/abi.h>

namespace sojourn {
namespace {

StateAnswer run(StateTable& table, std::string_view function, const StateAsk& ask, MonotonicTime now) {
  const StateTable::Ttl ttl(ask.ttl_ms);
  switch (ask.operation) {
    case SJ_STATE_GET:
      return table.get(function, ask.key, now);
    case SJ_STATE_SET:
      return table.set(function, ask.key, ask.value, ttl, now);
    case SJ_STATE_COMPARE_AND_SET:
      return table.compare_and_set(function, ask.key, ask.value, ask.revision, ttl, now);
    case SJ_STATE_INCREMENT:
      return table.increment(function, ask.key, ask.value, ttl, now);
    case SJ_STATE_REMOVE:
      return table.remove(function, ask.key, now);
    default:
      return {StateOutcome::kInvalid, 0, "there is no such operation"};
  }
}

std::int32_t code_of(StateOutcome outcome) {
  switch (outcome) {
    case StateOutcome::kDone:
      return SJ_OK;
    case StateOutcome::kMissing:
      return SJ_EMISSING;
    case StateOutcome::kTaken:
      return SJ_ETAKEN;
    case StateOutcome::kInvalid:
      return SJ_EINVAL;
    case StateOutcome::kLimit:
      return SJ_ELIMIT;
  }
  return SJ_EINVAL;
}

}  // namespace

void FunctionState::state(std::string_view function, const StateAsk& ask, Loop&, KeptDone done) {
  answer(function, store_.with([&](StateTable& table, MonotonicTime now) { return run(table, function, ask, now); }),
         done);
}

void FunctionState::lease(std::string_view function, const LeaseAsk& ask, std::uint64_t owner, Loop&, KeptDone done) {
  const auto take = [&](StateTable& table, MonotonicTime now) {
    return table.lease(function, ask.name, owner, StateTable::Ttl(ask.ttl_ms), now);
  };
  answer(function, store_.with(take), done);
}

void FunctionState::answer(std::string_view function, const StateAnswer& answer, const KeptDone& done) {
  const bool refused = answer.outcome == StateOutcome::kLimit || answer.outcome == StateOutcome::kInvalid;
  if (refused) complain(function, answer.value);
  done({code_of(answer.outcome), answer.revision, refused ? std::string_view() : answer.value});
}

void FunctionState::complain(std::string_view function, const std::string& reason) {
  const MonotonicTime now = Clock::system().now();
  {
    const std::lock_guard lock(mutex_);
    const auto before = complained_.find(function);
    if (before != complained_.end() && now < before->second + kComplainEvery) return;
    complained_[std::string(function)] = now;
  }
  log_.warn("a function's state was refused", {{"function", function}, {"reason", reason}});
}

}  // namespace sojourn
