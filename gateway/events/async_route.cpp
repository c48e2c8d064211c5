#include "gateway/events/async_route.h"

#include "gateway/call_id_window.h"
#include "gateway/events/async_call.h"
#include "gateway/events/async_look.h"
#include "gateway/events/event_answer.h"
#include "gateway/function_route.h"

namespace sojourn {
namespace {

std::unique_ptr<Responder> refuse_method(Worker& worker, Exchange& exchange, std::string_view allowed) {
  const HeaderField allow = {"allow", allowed};
  Answer(worker, exchange)
      .fail(Error(ErrorCode::kMethodNotAllowed, "this route takes " + std::string(allowed)), {&allow, 1});
  return nullptr;
}

bool is_preflight_method(std::string_view method) {
  return method == "OPTIONS";
}

}  // namespace

std::unique_ptr<Responder> route_async(Worker& worker, Exchange& exchange, const RouteTarget& target) {
  const std::string_view method = exchange.head().method;
  if (const auto id = parse_uuid(target.name); id && !target.has_reference && target.rest == "/") {
    const bool looks = method == "GET" || method == "HEAD";
    if (!looks && method != "DELETE") return refuse_method(worker, exchange, "GET, HEAD, DELETE");
    return std::make_unique<AsyncLook>(worker, exchange, target.name,
                                       looks ? AsyncLook::Act::kShow : AsyncLook::Act::kCancel);
  }
  if (method == "GET" || method == "HEAD" || method == "DELETE") {
    Answer answer(worker, exchange);
    refuse(answer, Error(ErrorCode::kCallNotFound, "a call's id is a UUID: that which X-Call-Id said when it began"));
    return nullptr;
  }
  if (method != "POST" && !is_preflight_method(method)) return refuse_method(worker, exchange, "POST");
  auto what = admit_call(worker, exchange, target);
  if (!what) return nullptr;
  if (is_preflight_method(method)) return refuse_method(worker, exchange, "POST");
  return std::make_unique<AsyncCall>(worker, exchange, *std::move(what));
}

}  // namespace sojourn
