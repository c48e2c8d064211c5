// An EmitScope holds what a call emits, and what the calls inside it emit, until it is known what becomes of the call.
//
//   commits    the outermost call in a sandbox commits what its scope holds, once it has succeeded
//   hands on   a link inside another one hands its events to the scope around it, if it succeeded; else they are gone
//   is void    what was handed to a call that failed, or that nobody waits for, is gone
//
// A call without events, and whose inner links may emit none, has no scope.
//
// Thread: the loop of the call.
// Owner:  shared by the call and those inside it; one of them may end after the call itself.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "runtime/call/caller.h"
#include "runtime/call/chain.h"
#include "runtime/call/event_keeper.h"

namespace sojourn {

class EmitScope;
using EmitScopePtr = std::shared_ptr<EmitScope>;

// The event that the calls of a scope are made for, as CauseView.
struct EmitCause {
  std::string id;
  std::string correlation;
  int hops = 0;
};

class EmitScope {
 public:
  // Of a call, or a link, inside `around`, which may be null.
  explicit EmitScope(EmitScopePtr around);
  EmitScope(const EmitScope&) = delete;
  EmitScope& operator=(const EmitScope&) = delete;

  // What stands around a call with this request; null when it was made for no event and nobody collects.
  static EmitScopePtr of_request(const RequestView& request) {
    return request.cause == nullptr && request.emits_into == nullptr ? nullptr : made_for(request);
  }
  // What stands around a call of another function: it commits by itself, for the same cause. Often null.
  static EmitScopePtr of_called(const EmitScopePtr& around);

  // Whether there is room for one more event of so many bytes, with all that it would be committed with.
  bool has_room(std::size_t bytes) const;
  // REQUIRES: has_room().
  void add(EmittedEvent event);

  // The call has succeeded. Gives what it has to commit now; what belongs to the call around it was handed on. Whoever
  // is still inside stands alone from here on.
  EmittedEvents succeed();
  // It has failed, or its events are not wanted: they are gone, those of whoever is still inside too.
  void fail();

  const EmitCause* cause() const { return cause_.get(); }

  static std::size_t size_of(const EmittedEvent& event);  // bytes that count

 private:
  enum class Inside { kJoins, kStandsAlone, kIsVoid };  // what succeeds inside this scope

  static EmitScopePtr made_for(const RequestView& request);
  bool joins_around() const { return around_ && around_->inside_ == Inside::kJoins; }

  EmitScopePtr around_;
  std::shared_ptr<const EmitCause> cause_;  // or null
  Inside inside_ = Inside::kJoins;
  EmittedEvents events_;
  EmittedEvents* collected_ = nullptr;  // instead of events_: RequestView::emits_into
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

// Whether a link from that index on may emit anything at all.
bool may_emit(const Chain& chain, std::size_t index);
// Whether the configuration allows an event of that type, or an item for that queue.
bool may_emit(const FunctionConfig& config, std::string_view type);
bool may_enqueue(const FunctionConfig& config, std::string_view queue);

}  // namespace sojourn
