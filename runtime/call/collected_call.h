// A CollectedCall is a call whose events its Caller collects (RequestView::emits_into): when the Caller lets go of it,
// nothing is put there any more, whatever still runs.
//
// Thread: the loop of the call.
// Owner:  itself, until its handle is dropped.
#pragma once

#include <cstddef>
#include <utility>

#include "runtime/call/emit_scope.h"
#include "runtime/call/running_call.h"

namespace sojourn {

class CollectedCall final : public RunningCall {
 public:
  static CallHandle of(CallHandle call, EmitScopePtr scope) {
    return CallHandle(new CollectedCall(std::move(call), std::move(scope)));
  }

  void drop() override {
    scope_->fail();
    delete this;
  }
  void consumed(std::size_t bytes) override { call_.consumed(bytes); }

 private:
  CollectedCall(CallHandle call, EmitScopePtr scope) : call_(std::move(call)), scope_(std::move(scope)) {}

  CallHandle call_;
  const EmitScopePtr scope_;
};

}  // namespace sojourn
