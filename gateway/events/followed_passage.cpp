#include "gateway/events/followed_passage.h"

#include "gateway/events/event_desk.h"
#include "runtime/call/kept_reply.h"
#include "runtime/event/dispatch/step_outcome.h"

namespace sojourn {
namespace {

CallTimes without_links(CallTimes times) {
  times.links = {};
  return times;
}

}  // namespace

FollowedPassage::FollowedPassage(Caller& next, Site& site, Loop& loop, TriggerTablePtr triggers, EndedCall call)
    : next_(next),
      site_(site),
      loop_(loop),
      triggers_(std::move(triggers)),
      call_(std::move(call)),
      self_(std::make_shared<FollowedPassage*>(this)) {}

FollowedPassage::~FollowedPassage() {
  *self_ = nullptr;
}

void FollowedPassage::ended(int status, std::optional<ErrorCode> error) {
  call_.status = status;
  call_.outcome = error || status >= 400 ? CallOutcome::kFailure : CallOutcome::kSuccess;
  call_.error = error ? error_kind(*error) : status >= 400 ? error_kind(status) : std::string_view();
}

// `then` comes in any case, but not when nobody waits any more.
void FollowedPassage::keep(std::function<void(const Status&)> then) {
  auto acceptance = accept_outcome(*triggers_, call_, nullptr, wall_ms());
  if (!acceptance.ok()) return then(acceptance.error());
  if (!*acceptance) return then({});
  std::vector<Acceptance> one;
  one.push_back(std::move(**acceptance));
  site_.events->accept(std::move(one), CameBy::kOutcome, loop_,
                       [self = self_, then = std::move(then)](const Result<std::vector<Accepted>>& accepted) {
                         if (*self != nullptr) then(accepted.ok() ? Status() : Status(accepted.error()));
                       });
}

void FollowedPassage::on_reply(const ReplyView& reply, const CallTimes& times) {
  ended(reply.status, reply.failure);
  const auto kept = std::make_shared<KeptReply>();
  kept->keep(reply);
  keep([this, kept, times = without_links(times)](const Status& stored) {
    if (stored.ok()) return next_.on_reply(kept->view(), times);
    next_.on_failure(
        {ErrorCode::kStoreUnavailable,
         "the call succeeded, but the event for those who follow it was not kept: " + stored.error().text(),
         std::chrono::seconds(1)},
        times);
  });
}

void FollowedPassage::on_failure(const CallFailure& failure, const CallTimes& times) {
  ended(facts(failure.code).http_status, failure.code);
  keep([this, failure, times = without_links(times)](const Status& stored) {
    if (!stored.ok()) {
      site_.log.error("nobody will hear that a followed call failed",
                      {{"function", call_.function}, {"callId", call_.call_id}, {"reason", stored.error().text()}});
    }
    next_.on_failure(failure, times);
  });
}

void FollowedPassage::on_stream_begin(const ReplyView& head, const CallTimes& times) {
  ended(head.status, head.failure);
  next_.on_stream_begin(head, times);
}

void FollowedPassage::on_stream_chunk(std::string_view chunk) {
  next_.on_stream_chunk(chunk);
}

void FollowedPassage::on_stream_end(const std::optional<Error>& broken) {
  if (broken) ended(facts(broken->code()).http_status, broken->code());
  keep([this, broken](const Status& stored) {
    if (broken || stored.ok()) return next_.on_stream_end(broken);
    next_.on_stream_end(stored.error());
  });
}

}  // namespace sojourn
