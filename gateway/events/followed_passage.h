// A FollowedPassage stands between a call and who passes its reply on, where somebody follows the function: how the
// call ended is an event, which is durable before the client hears the end of the reply.
//
// Thread: the call's loop.
// Owner:  the responder that started the call; what it passes on to outlives it.
// Errors: a reply whose event could not be kept becomes kStoreUnavailable, so that nobody takes for done what its
//         followers will not hear of; a failure is told as it is, and a stream breaks off.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/site.h"
#include "runtime/call/caller.h"
#include "runtime/event/triggers/outcome_event.h"

namespace sojourn {

class FollowedPassage final : public Caller {
 public:
  // `call` says all but how it ends.
  FollowedPassage(Caller& next, Site& site, Loop& loop, TriggerTablePtr triggers, EndedCall call);
  ~FollowedPassage();
  FollowedPassage(const FollowedPassage&) = delete;
  FollowedPassage& operator=(const FollowedPassage&) = delete;

  void on_reply(const ReplyView& reply, const CallTimes& times) override;
  void on_failure(const CallFailure& failure, const CallTimes& times) override;
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override;
  void on_stream_chunk(std::string_view chunk) override;
  void on_stream_end(const std::optional<Error>& broken) override;

 private:
  void ended(int status, std::optional<ErrorCode> error);
  void keep(std::function<void(const Status&)> then);

  Caller& next_;
  Site& site_;
  Loop& loop_;
  const TriggerTablePtr triggers_;
  EndedCall call_;
  std::shared_ptr<FollowedPassage*> self_;  // read and cleared on the loop
};

}  // namespace sojourn
