// A HookCall is one request to a webhook, from its whole body to its answer: it has the sender checked, makes the
// event, and sees to it that the event is durable before the sender hears 2xx. A hook with `respond: sync` calls its
// function instead, and the function's reply is the answer.
//
//   waiting for the body -> answered                        refused, a ping, a challenge
//                        -> waiting for the journal -> answered
//                        -> calling -> answered             sync
//
// Thread: the exchange's loop.
// Owner:  the exchange. An event that was handed to the journal stays there when the sender does not wait for the
// answer.
#pragma once

#include <memory>
#include <vector>

#include "gateway/events/event_answer.h"
#include "gateway/events/followed_passage.h"
#include "gateway/reply_passage.h"
#include "gateway/route_table.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

class HookCall final : public EventAnswer {
 public:
  // `hook` is one of the worker's present routes, which are kept.
  HookCall(Worker& worker, Exchange& exchange, const BoundTrigger& hook);

  void on_request(Exchange& exchange) override;
  void on_room(Exchange& exchange) override;

  // What the head alone tells about the sender.
  static Status check_head(Worker& worker, Exchange& exchange, const WebhookTrigger& trigger);
  // Answers a sender that is not the one it should be, and writes that down.
  static void refuse_sender(Answer& answer, const WebhookTrigger& trigger, const Error& error);

 private:
  const WebhookTrigger& trigger() const { return hook_.as<WebhookTrigger>(); }

  void keep(const CloudEvent& event, std::vector<DedupeKey> replay);
  void on_accepted(Result<std::vector<Accepted>> accepted);
  void answer_taken(int status, std::string_view json_body, std::span<const HeaderField> more);

  void call(const CloudEvent& event);
  Caller& caller(const Version& version);

  const RouteTablePtr routes_;  // keeps hook_
  const BoundTrigger& hook_;
  ReplyPassage passage_;
  std::unique_ptr<FollowedPassage> followed_;  // where somebody follows the function
};

}  // namespace sojourn
