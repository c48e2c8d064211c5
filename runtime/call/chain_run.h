// A ChainRun is one passage through one chain: its deadline, who waits for it, and how long each link took. Links,
// guards that kept an Inner and answers that are on their way hold it; the last one to let go gives its memory back.
//
//   edge ── run of `api` ── run of `thumbnail` (called by api) ── …        outer() leads back to the edge
//
// Thread: the loop on which it began.
// Owner:  those who hold it; the memory is the CallSide's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/call/caller.h"
#include "runtime/call/chain.h"
#include "runtime/call/emit_scope.h"
#include "runtime/call/running_call.h"

namespace sojourn {

class CallSide;

class ChainRun {
 public:
  explicit ChainRun(CallSide& side) : side_(side) {}

  // Begins it, held once. `outer` is the run whose link asked for it, or nullptr at the edge.
  void begin(ChainPtr chain, std::chrono::nanoseconds limit, ChainRun* outer);
  void hold() { ++holds_; }
  void release();

  // Hands the request to the link at `index`. Past the deadline that link is not entered any more.
  CallHandle enter(std::size_t index, const RequestView& request, Caller& caller, EmitScopePtr emits_around);
  // Enters another chain on behalf of a link of this one: `reference` as for Inner::call_other.
  CallHandle enter_other(std::string_view reference, const RequestView& request, Caller& caller,
                         const EmitScopePtr& emits_around);
  // Enters the chain that a link of this run calls, as the next function on the path.
  CallHandle enter_called(ChainPtr chain, const RequestView& request, Caller& caller, EmitScopePtr emits_around);
  // A run of the same chain, held once, that nobody waits for; see Inner::detached.
  ChainRun& detach(std::chrono::nanoseconds limit);

  const Chain& chain() const { return *chain_; }
  CallSide& side() const { return side_; }
  MonotonicTime deadline() const { return deadline_; }
  std::chrono::nanoseconds limit() const { return limit_; }  // from its beginning to its deadline
  std::chrono::nanoseconds time_left() const;
  std::uint32_t depth() const { return depth_; }  // functions that wait for this one
  const std::string& function() const { return chain_->function().version->function; }
  std::string_view token() const { return token_; }
  int attempt() const { return attempt_; }
  bool is_last(std::size_t index) const { return index + 1 == chain_->links.size(); }
  bool holds_before(std::size_t index) const;  // whether an instance waits for the link at `index`

  // A guard has answered in the place of the links inside it.
  void answered();
  // Adds what one link took.
  void note(std::size_t index, const CallTimes& own);
  CallTimes times() const;

 private:
  void left_guard(std::size_t index);
  bool on_path(std::string_view function) const;

  CallSide& side_;
  ChainPtr chain_;
  ChainRun* outer_ = nullptr;  // held
  int holds_ = 0;
  MonotonicTime deadline_{};
  std::chrono::nanoseconds limit_{0};
  std::uint32_t depth_ = 0;
  std::string token_;
  int attempt_ = 1;
  std::chrono::nanoseconds queue_{0};
  std::chrono::nanoseconds sandbox_{0};
  std::vector<LinkTime> links_;
  std::vector<MonotonicTime> entered_;  // guards: when, until the next link is entered
};

}  // namespace sojourn
