// Inner is the rest of a chain as one link of it sees it, for one call: it can be entered any number of times, each
// with its own request and Caller. A copy costs a counter.
//
// Thread: the loop of the call; copies die there too.
// Owner:  whoever keeps it holds the chain and what its run shares (the deadline, the path) alive.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "loader/deployment.h"
#include "runtime/call/caller.h"
#include "runtime/call/emit_scope.h"
#include "runtime/call/running_call.h"

namespace sojourn {

class ChainRun;
class Loop;

class Inner {
 public:
  // `emits_around` is where goes what the inner links emit; see LinkPlace.
  Inner(ChainRun& run, std::size_t index, EmitScopePtr emits_around);
  Inner(const Inner& other);
  Inner& operator=(const Inner& other);
  ~Inner();

  // Sends the request inwards. Its call_id, traceparent and remote are to be those that the link was entered with.
  // The deadline of the chain holds; when it has passed the answer is kDeadline.
  CallHandle operator()(const RequestView& request, Caller& caller) const;

  // Answers in the place of the inner links, at the end of the turn. All is copied.
  CallHandle answer(const ReplyView& reply, Caller& caller) const;
  CallHandle refuse(CallFailure failure, Caller& caller) const;

  // What a guard that answers without answer() tells its caller: the times until now. The links of it end with the
  // call.
  CallTimes answered() const;

  // Enters another function's chain (`NAME`, `NAME@7`), or another version of this very function, which is then entered
  // without the decorators that stand before its sandbox. kFunctionNotFound, kVersionNotFound, kLoopDetected come as
  // failures. No manifest key has to allow it: what a guard was told to call, the manifest says.
  CallHandle call_other(std::string_view reference, const RequestView& request, Caller& caller) const;

  // The same inner links, for work that goes on when the client has its answer or is gone: with its own time limit,
  // from now, and no part in the times that the client is shown. What it emits it commits by itself.
  Inner detached(std::chrono::nanoseconds limit) const;

  std::chrono::nanoseconds time_left() const;  // until the chain's deadline, never negative
  const VersionPtr& version() const;           // of the function that the chain belongs to
  std::string_view function() const;           // the name of the function that the chain belongs to
  Loop& loop() const;

 private:
  ChainRun* run_;
  std::size_t index_;  // of the link that is entered next
  EmitScopePtr emits_around_;
};

}  // namespace sojourn
