// FunctionState answers what running functions ask of their state and leases, from the StateStore: at once, on the loop
// that asks.
//
// Thread: any loop.
// Owner:  the Gateway. The store and the log outlive it.
// Errors: a refusal reaches the function as a code; the words, which name the limit, go to the log, once in
//         kComplainEvery for each function.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "runtime/base/log.h"
#include "runtime/call/state_keeper.h"
#include "runtime/state/state_store.h"

namespace sojourn {

class FunctionState final : public StateKeeper {
 public:
  FunctionState(StateStore& store, const Log& log) : store_(store), log_(log) {}

  void state(std::string_view function, const StateAsk& ask, Loop& loop, KeptDone done) override;
  void lease(std::string_view function, const LeaseAsk& ask, std::uint64_t owner, Loop& loop, KeptDone done) override;

  static constexpr std::chrono::seconds kComplainEvery{60};

 private:
  void answer(std::string_view function, const StateAnswer& answer, const KeptDone& done);
  void complain(std::string_view function, const std::string& reason);

  StateStore& store_;
  const Log& log_;
  std::mutex mutex_;  // guards complained_
  std::map<std::string, MonotonicTime, std::less<>> complained_;
};

}  // namespace sojourn
