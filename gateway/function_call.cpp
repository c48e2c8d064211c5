#include "gateway/function_call.h"

#include <utility>

#include "gateway/access/access_check.h"
#include "gateway/worker.h"

namespace sojourn {

FunctionCall::FunctionCall(Worker& worker, Exchange& exchange, What what)
    : what_(std::move(what)), answer_(worker, exchange), passage_(answer_) {
  answer_.is_call(what_.entry, (*what_.version)->number);
  answer_.add_to_reply(what_.cors.fields());
}

bool FunctionCall::is_genuine(Answer& answer, const What& what) {
  const Access& access = (*what.version)->config.access;
  if (access.kind != AccessKind::kHmac) return true;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(Clock::system().wall().time_since_epoch());
  const Exchange& exchange = answer.exchange();
  const Status genuine =
      check_body_access(access, exchange.head().headers, exchange.body(), *answer.worker().secrets(), now.count());
  if (genuine.ok()) return true;
  const std::string ask = challenge(access);
  const HeaderField field = {"www-authenticate", ask};
  answer.fail(genuine.error(), {&field, genuine.error().code() == ErrorCode::kUnauthorized ? 1u : 0u});
  return false;
}

void FunctionCall::on_request(Exchange& exchange) {
  if (!is_genuine(answer_, what_)) return;
  const RequestHead& head = exchange.head();
  auto& fields = answer_.worker().scratch_fields();
  pass_to_function(head.headers, what_.withheld, fields);
  RequestView request;
  request.call_id = exchange.call_id();
  request.traceparent = head.header("traceparent");
  request.method = head.method;
  request.path = what_.path;
  request.query = head.query;
  request.remote = what_.remote;
  request.headers = fields;
  request.body = exchange.body();
  request.token = what_.token;
  Runtime& runtime = answer_.worker().site().runtime;
  Caller& who = caller();
  passage_.begin(what_.chain != nullptr ? runtime.call(*what_.chain, request, what_.timeout, who)
                                        : runtime.call(*what_.version, request, what_.timeout, who));
}

// Who hears of the reply first.
Caller& FunctionCall::caller() {
  Worker& worker = answer_.worker();
  const Version& version = **what_.version;
  const TriggerTablePtr& triggers = worker.routes()->triggers();
  if (!triggers->is_followed(version.function)) return passage_;
  EndedCall call;
  call.function = version.function;
  call.version = version.number;
  call.call_id = answer_.exchange().call_id();
  call.traceparent = answer_.exchange().head().header("traceparent");
  followed_ = std::make_unique<FollowedPassage>(passage_, worker.site(), worker.loop(), triggers, std::move(call));
  return *followed_;
}

void FunctionCall::on_room(Exchange&) {
  passage_.give_room();
}

}  // namespace sojourn
