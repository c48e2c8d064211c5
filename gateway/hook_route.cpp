#include "gateway/hook_route.h"

#include "gateway/events/event_answer.h"
#include "gateway/hook_call.h"
#include "gateway/worker.h"

namespace sojourn {
namespace {

std::unique_ptr<Responder> refuse_now(Worker& worker, Exchange& exchange, const Error& error) {
  Answer(worker, exchange).fail(error);
  return nullptr;
}

// Whether the path stands in the request as it reads: without escapes and dot segments, which mean the same elsewhere.
bool is_spelt_out(const RequestHead& head) {
  std::string_view target = head.target.substr(0, head.target.find('?'));
  if (!target.starts_with('/')) {
    const std::size_t authority = target.find("://");
    const std::size_t path = authority == std::string_view::npos ? authority : target.find('/', authority + 3);
    if (path == std::string_view::npos) return false;
    target.remove_prefix(path);
  }
  return target == head.path;
}

bool is_compressed(const RequestHead& head) {
  const std::string_view encoding = head.header("content-encoding");
  return !encoding.empty() && encoding != "identity";
}

}  // namespace

std::unique_ptr<Responder> route_hook(Worker& worker, Exchange& exchange, std::string_view path) {
  const RequestHead& head = exchange.head();
  const BoundTrigger* hook = is_spelt_out(head) ? worker.routes()->triggers()->hook(path) : nullptr;
  if (hook == nullptr) {
    return refuse_now(worker, exchange, Error(ErrorCode::kRouteNotFound, "there is no webhook at this path"));
  }
  if (is_compressed(head)) {
    return refuse_now(
        worker, exchange,
        Error(ErrorCode::kUnsupportedMedia, "a webhook takes bodies as they are: send it without Content-Encoding"));
  }
  const auto& trigger = hook->as<WebhookTrigger>();
  if (const Status admitted = HookCall::check_head(worker, exchange, trigger); !admitted.ok()) {
    Answer answer(worker, exchange);
    HookCall::refuse_sender(answer, trigger, admitted.error());
    return nullptr;
  }
  exchange.set_body_limit(trigger.body_limit);
  return std::make_unique<HookCall>(worker, exchange, *hook);
}

}  // namespace sojourn
