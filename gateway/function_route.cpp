#include "gateway/function_route.h"

#include "gateway/answer.h"
#include "gateway/credentials.h"
#include "gateway/function_call.h"
#include "gateway/worker.h"
#include "loader/quantity.h"

namespace sojourn {
namespace {

constexpr HeaderField kAskForToken = {"www-authenticate", "Bearer realm=\"sojourn\""};

Error no_such_function(std::string_view name) {
  constexpr std::size_t kShown = 80;
  return Error(ErrorCode::kFunctionNotFound, "there is no function `" + std::string(name.substr(0, kShown)) + "`");
}

// A call id of the caller's choice, from callers that are known; others' are passed over.
Status take_call_id(Worker& worker, Exchange& exchange, const Credentials& credentials) {
  const std::string_view chosen = exchange.head().header("x-call-id");
  if (chosen.empty() || credentials.token == nullptr) return {};
  const auto id = parse_uuid(chosen);
  if (!id) return Error(ErrorCode::kCallIdTaken, "X-Call-Id has to be a UUID that was not used before");
  if (!worker.site().call_ids.take(*id)) {
    return Error(ErrorCode::kCallIdTaken, "call id " + std::string(chosen) + " was used before; choose a new one");
  }
  exchange.set_call_id(chosen);
  return {};
}

Result<std::chrono::nanoseconds> timeout_of(const Version& version, std::string_view wish) {
  const std::chrono::nanoseconds most = version.config.timeout;
  if (wish.empty()) return most;
  const auto shorter = parse_duration(wish);
  if (!shorter || shorter->count() <= 0) {
    return Error(ErrorCode::kBadRequest, "X-Timeout has to be a duration such as 500ms or 5s");
  }
  return std::min<std::chrono::nanoseconds>(*shorter, most);
}

// The address that the nearest proxy saw, when the gateway stands behind one.
std::string_view remote_of(Worker& worker, Exchange& exchange) {
  if (!worker.site().options.behind_proxy) return exchange.remote();
  std::string_view list;
  for (const HeaderField& field : exchange.head().headers) {
    if (field.name == "x-forwarded-for") list = field.value;
  }
  list = list.substr(list.rfind(',') + 1);
  const std::size_t first = list.find_first_not_of(' ');
  if (first == std::string_view::npos) return exchange.remote();
  return list.substr(first, list.find_last_not_of(' ') - first + 1);
}

// Reads everything off the head that a call needs. An entry is set in `what` as soon as the function is known.
Status prepare_call(Worker& worker, Exchange& exchange, const RouteTarget& target, FunctionCall::What& what) {
  const RouteEntryPtr* entry = worker.routes()->find(target.name);
  if (entry == nullptr) return no_such_function(target.name);
  what.entry = *entry;
  const auto credentials =
      Credentials::of(exchange.head().header("authorization"), *worker.tokens(), worker.recent_tokens());
  if (credentials.token != nullptr) what.authorization = Authorization::kTakeOut;
  auto version = what.entry->resolve(target);
  const bool open = worker.site().options.dev || (version.ok() && (**version)->config.access.kind == AccessKind::kOpen);
  if (!open) {
    if (Status may = credentials.may(Verb::kInvoke, target.name); !may.ok()) return may;
  }
  if (!version.ok()) return version.error();
  what.version = *version;
  auto timeout = timeout_of(**what.version, exchange.head().header("x-timeout"));
  if (!timeout.ok()) return timeout.error();
  what.timeout = *timeout;
  what.path = target.rest;
  what.remote = remote_of(worker, exchange);
  return take_call_id(worker, exchange, credentials);
}

}  // namespace

std::unique_ptr<Responder> route_function(Worker& worker, Exchange& exchange, const RouteTarget& target) {
  FunctionCall::What what{};
  const Status ready = prepare_call(worker, exchange, target, what);
  if (ready.ok()) {
    exchange.set_body_limit((*what.version)->config.body_limit);
    return std::make_unique<FunctionCall>(worker, exchange, std::move(what));
  }
  Answer answer(worker, exchange);
  if (what.entry) answer.is_call(what.entry, 0);
  const bool asks = ready.error().code() == ErrorCode::kUnauthorized;
  answer.fail(ready.error(), {&kAskForToken, asks ? 1u : 0u});
  return nullptr;
}

}  // namespace sojourn
