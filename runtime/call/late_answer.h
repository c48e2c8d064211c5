// A LateAnswer is an answer that needs no instance: it is copied, and told to its Caller at the end of the turn, since
// no Caller hears anything from inside the start of its call.
//
// Thread: the loop's.
// Owner:  the CallSide; it goes back there when it was told and its handle is gone.
#pragma once

#include <optional>

#include "runtime/call/caller.h"
#include "runtime/call/kept_reply.h"
#include "runtime/call/running_call.h"

namespace sojourn {

class CallSide;
class ChainRun;

class LateAnswer final : public RunningCall {
 public:
  explicit LateAnswer(CallSide& side) : side_(side) {}

  void reply(ChainRun& run, const ReplyView& reply, Caller& caller);
  void fail(ChainRun& run, CallFailure failure, Caller& caller);

  void drop() override;
  void consumed(std::size_t) override {}

 private:
  void begin(ChainRun& run, Caller& caller);
  void tell();

  CallSide& side_;
  ChainRun* run_ = nullptr;  // held until it is told
  Caller* caller_ = nullptr;
  bool held_ = false;
  bool told_ = false;
  std::optional<CallFailure> failure_;
  KeptReply reply_;
};

}  // namespace sojourn
