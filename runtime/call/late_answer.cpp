#include "runtime/call/late_answer.h"

#include "runtime/call/call_side.h"
#include "runtime/call/chain_run.h"

namespace sojourn {

void LateAnswer::begin(ChainRun& run, Caller& caller) {
  run_ = &run;
  run_->hold();
  run_->answered();
  caller_ = &caller;
  held_ = true;
  told_ = false;
  failure_.reset();
  side_.loop().at_turn_end([this] { tell(); });
}

void LateAnswer::reply(ChainRun& run, const ReplyView& reply, Caller& caller) {
  begin(run, caller);
  reply_.keep({reply.status, reply.headers, reply.body});
}

void LateAnswer::fail(ChainRun& run, CallFailure failure, Caller& caller) {
  begin(run, caller);
  failure_ = std::move(failure);
}

void LateAnswer::tell() {
  Caller* const caller = std::exchange(caller_, nullptr);
  ChainRun* const run = std::exchange(run_, nullptr);
  if (caller != nullptr && failure_) {
    caller->on_failure(*failure_, run->times());
  } else if (caller != nullptr) {
    caller->on_reply(reply_.view(), run->times());
  }
  run->release();
  told_ = true;
  if (!held_) side_.give_back(*this);
}

void LateAnswer::drop() {
  held_ = false;
  caller_ = nullptr;
  if (told_) side_.give_back(*this);
}

}  // namespace sojourn
