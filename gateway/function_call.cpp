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

Status FunctionCall::check_signed(Exchange& exchange) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(Clock::system().wall().time_since_epoch());
  return check_body_access((*what_.version)->config.access, exchange.head().headers, exchange.body(),
                           *answer_.worker().secrets(), now.count());
}

void FunctionCall::on_request(Exchange& exchange) {
  if (const Access& access = (*what_.version)->config.access; access.kind == AccessKind::kHmac) {
    const Status genuine = check_signed(exchange);
    const std::string ask = challenge(access);
    const HeaderField field = {"www-authenticate", ask};
    const bool asks = !genuine.ok() && genuine.error().code() == ErrorCode::kUnauthorized;
    if (!genuine.ok()) return answer_.fail(genuine.error(), {&field, asks ? 1u : 0u});
  }
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
  passage_.begin(what_.chain != nullptr ? runtime.call(*what_.chain, request, what_.timeout, passage_)
                                        : runtime.call(*what_.version, request, what_.timeout, passage_));
}

void FunctionCall::on_room(Exchange&) {
  passage_.give_room();
}

}  // namespace sojourn
