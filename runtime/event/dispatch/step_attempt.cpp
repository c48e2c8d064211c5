#include "runtime/event/dispatch/step_attempt.h"

#include <algorithm>
#include <utility>

#include "runtime/event/dispatch/attempt_call_id.h"
#include "runtime/event/dispatch/callback_fields.h"
#include "runtime/event/timing/retry_schedule.h"
#include "runtime/event/triggers/derive.h"
#include "runtime/outgoing/webhook_signature.h"

namespace sojourn {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kAttemptField = "sojourn-attempt";
constexpr std::string_view kIdempotencyField = "idempotency-key";
constexpr std::string_view kTraceField = "traceparent";

std::vector<HeaderField> views_of(const Fields& fields) {
  std::vector<HeaderField> views;
  views.reserve(fields.size());
  for (const auto& [name, value] : fields) views.push_back({name, value});
  return views;
}

// The event's trace goes on where those look who know nothing of CloudEvents. A field that is there stays.
void add_trace(const CloudEvent& event, Fields& fields) {
  const std::string_view trace = event.attribute(kTraceField);
  const auto is_trace = [](const auto& field) { return field.first == kTraceField; };
  if (!trace.empty() && std::ranges::none_of(fields, is_trace)) fields.emplace_back(kTraceField, trace);
}

}  // namespace

StepAttempt::StepAttempt(StepJob job, std::optional<RunResult> result, AttemptTools& tools, Ended ended)
    : job_(std::move(job)), result_(std::move(result)), tools_(tools), ended_(std::move(ended)) {}

StepAttempt::~StepAttempt() {
  if (sending_) tools_.http.cancel(*sending_);
}

void StepAttempt::begin() {
  began_ = tools_.now();
  if (job_.act == JobAct::kCall) return call_with_event();
  if (job_.act == JobAct::kAsyncCall) return call_as_asked();
  const Status sent = job_.act == JobAct::kPost ? post() : post_back();
  if (!sent.ok()) end(outcome_of_error(sent.error().code(), sent.error().text()));
}

// --- calls
// ------------------------------------------------------------------------------------------------------------

void StepAttempt::call_with_event() {
  call_id_ = attempt_call_id(job_.lease.run, job_.lease.step, job_.lease.attempt);
  Fields fields = to_binary(job_.event).fields;
  add_trace(job_.event, fields);
  fields.emplace_back(kAttemptField, std::to_string(job_.lease.attempt));
  const std::vector<HeaderField> headers = views_of(fields);
  const CauseView cause{job_.event.id, job_.event.attribute("correlationid"), hops_of(job_.event)};
  RequestView request;
  request.traceparent = job_.event.attribute("traceparent");
  request.method = "POST";
  request.path = "/";
  request.headers = headers;
  request.cause = &cause;
  call(request, job_.event.data);
}

void StepAttempt::call_as_asked() {
  call_id_ = job_.call.id;
  job_.call.began = began_;
  Fields fields = job_.call.headers;
  std::erase_if(fields,
                [](const auto& field) { return field.first == kAttemptField || field.first == kIdempotencyField; });
  fields.emplace_back(kAttemptField, std::to_string(job_.lease.attempt));
  const std::vector<HeaderField> headers = views_of(fields);
  RequestView request;
  request.traceparent = job_.call.traceparent;
  request.method = job_.call.method;
  request.path = job_.call.path;
  request.query = job_.call.query;
  request.remote = job_.call.remote;
  request.token = job_.call.token;
  request.headers = headers;
  call(request, job_.call.body);
}

void StepAttempt::call(RequestView request, std::string_view body) {
  const std::uint64_t limit = job_.chain->function().version->config.body_limit;
  if (body.size() > limit) {
    return end(outcome_of_error(ErrorCode::kBodyTooLarge,
                                std::to_string(body.size()) + " bytes; bodyLimit is " + std::to_string(limit)));
  }
  const std::string key = job_.idempotency_key();
  request.call_id = call_id_;
  request.body = body;
  request.attempt = job_.lease.attempt;
  request.idempotency_key = key;
  request.emits_into = &emitted_;
  handle_ = tools_.runtime.call(job_.chain, request, job_.timeout, *this);
}

void StepAttempt::keep_head(const ReplyView& reply) {
  reply_.status = reply.status;
  for (const HeaderField& field : reply.headers) reply_.headers.emplace_back(field.name, field.value);
  reply_.body = reply.body;
  failure_ = reply.failure;
  lasting_ = reply.permanent ? Lasting::kYes : Lasting::kNo;
}

void StepAttempt::on_reply(const ReplyView& reply, const CallTimes& /*times*/) {
  keep_head(reply);
  conclude();
}

void StepAttempt::on_failure(const CallFailure& failure, const CallTimes& /*times*/) {
  StepOutcome outcome = outcome_of_error(failure.code, failure.text, failure.retry_after);
  if (job_.act == JobAct::kAsyncCall) outcome.result = result_of_error(failure.code, failure.text, call_id_);
  end(std::move(outcome));
}

void StepAttempt::on_stream_begin(const ReplyView& head, const CallTimes& /*times*/) {
  keep_head(head);
}

void StepAttempt::on_stream_chunk(std::string_view chunk) {
  const std::uint64_t limit = job_.chain->function().version->config.reply_limit;
  if (reply_.body.size() + chunk.size() > limit) {
    handle_.reset();
    return end(outcome_of_error(ErrorCode::kBrokenReply,
                                "it streamed more than replyLimit, which is " + std::to_string(limit) + " bytes"));
  }
  reply_.body += chunk;
  handle_.consumed(chunk.size());
}

void StepAttempt::on_stream_end(const std::optional<Error>& broken) {
  if (broken) return end(outcome_of_error(broken->code(), broken->text()));
  conclude();
}

// The reply is whole.
void StepAttempt::conclude() {
  const EpochMs now = tools_.now();
  if (failure_) {
    StepOutcome outcome = outcome_of_error(*failure_, "passed on by a decorator",
                                           read_retry_after(reply_.header("retry-after"), now), lasting_);
    if (job_.act == JobAct::kAsyncCall) outcome.result = to_result(std::move(reply_));
    return end(std::move(outcome));
  }
  if (job_.act == JobAct::kAsyncCall) return end(outcome_of_async_call(std::move(reply_), now, lasting_));
  end(outcome_of_call(std::move(reply_), job_.event, job_.chain->function().name, job_.idempotency_key(), now,
                      lasting_));
}

// --- requests to the outside
// ------------------------------------------------------------------------------------------

Status StepAttempt::post() {
  const auto& step = std::get<PostStep>(job_.step->act);
  OutgoingRequest request;
  request.url = step.url;
  request.timeout = job_.timeout;
  request.is_private = step.is_private;
  request.body = job_.event.data;
  if (step.body == PostBody::kEvent) {
    request.headers = to_binary(job_.event).fields;
  } else if (const std::string_view type = job_.event.attribute("datacontenttype"); !type.empty()) {
    request.headers.emplace_back("content-type", type);
  }
  for (const auto& [name, value] : step.headers) {
    std::erase_if(request.headers, [&, &wanted = name](const auto& field) { return field.first == wanted; });
    request.headers.emplace_back(name, value);
  }
  add_trace(job_.event, request.headers);
  request.headers.emplace_back(kIdempotencyField, job_.idempotency_key());
  request.headers.emplace_back(kAttemptField, std::to_string(job_.lease.attempt));
  if (!step.sign.empty()) {
    const auto secret = tools_.site.secret(step.sign);
    if (!secret) return secret.error().at("sign");
    const std::string id = job_.lease.run + "-" + job_.lease.step;
    for (auto& field : webhook_signature(secret->view(), id, tools_.now() / 1000, request.body)) {
      request.headers.push_back(std::move(field));
    }
  }
  send(std::move(request));
  return {};
}

Status StepAttempt::post_back() {
  if (!result_) return Error(ErrorCode::kInternal, "call " + job_.call.id + " has no result to tell");
  OutgoingRequest request;
  request.url = job_.call.callback;
  request.timeout = job_.timeout;
  request.is_private = tools_.has_private_callbacks;
  request.headers = callback_fields(job_.call, *result_);
  request.headers.emplace_back(kAttemptField, std::to_string(job_.lease.attempt));
  request.body = std::move(result_->body);
  send(std::move(request));
  return {};
}

void StepAttempt::send(OutgoingRequest request) {
  sending_ = tools_.http.send(std::move(request), [this](const Result<OutgoingReply>& answer) {
    sending_.reset();
    on_sent(answer);
  });
}

void StepAttempt::on_sent(const Result<OutgoingReply>& answer) {
  if (!answer.ok()) return end(outcome_of_unsent(answer.error()));
  end(outcome_of_post({answer->status, answer->headers, answer->body}, tools_.now()));
}

void StepAttempt::end(StepOutcome outcome) {
  Attempted attempted;
  attempted.outcome = std::move(outcome);
  attempted.emitted = std::move(emitted_);
  attempted.call_id = call_id_;
  attempted.took = std::chrono::milliseconds(std::max<EpochMs>(tools_.now() - began_, 1));
  const Ended ended = std::move(ended_);
  ended(*this, std::move(attempted));
}

}  // namespace sojourn
