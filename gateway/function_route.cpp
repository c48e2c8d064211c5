#include "gateway/function_route.h"

#include "gateway/access/access_check.h"
#include "gateway/answer.h"
#include "gateway/client_address.h"
#include "gateway/credentials.h"
#include "gateway/worker.h"
#include "loader/quantity.h"

namespace sojourn {
namespace {

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

// Which version is meant, and which pages may read its replies. An entry is set in `what` as soon as the function is
// known; that a version is missing is told only to those who may call the function.
Status find_version(Worker& worker, Exchange& exchange, const RouteTarget& target, const Credentials& credentials,
                    FunctionCall::What& what) {
  const RouteEntryPtr* entry = worker.routes()->find(target.name);
  if (entry == nullptr) return no_such_function(target.name);
  what.entry = *entry;
  auto version = what.entry->resolve(target);
  if (!version.ok()) {
    const Status may = worker.site().options.dev ? Status() : credentials.may(Verb::kInvoke, target.name);
    return may.ok() ? version.error() : may;
  }
  what.version = *version;
  const auto chain = what.entry->chain(**what.version);
  if (!chain.ok()) return chain.error();
  what.chain = *chain;
  if (credentials.token != nullptr) what.token = credentials.token->name;
  if (const auto& cors = (*what.version)->config.cors) what.cors = CorsReply(*cors, exchange.head().headers);
  return {};
}

// Access by what the head says. With --dev, who needs a token elsewhere needs none; every other rule holds there too.
Status admit(Worker& worker, Exchange& exchange, const RouteTarget& target, const Credentials& credentials,
             FunctionCall::What& what) {
  const Access& access = (*what.version)->config.access;
  if (credentials.token != nullptr) what.withheld[0] = "authorization";
  what.withheld[1] = secret_header(access);
  if (access.kind != AccessKind::kToken) return check_access(access, exchange.head().headers, *worker.secrets());
  return worker.site().options.dev ? Status() : credentials.may(Verb::kInvoke, target.name);
}

// Everything else off the head that a call needs.
Status prepare_call(Worker& worker, Exchange& exchange, const RouteTarget& target, const Credentials& credentials,
                    FunctionCall::What& what) {
  if (Status admitted = admit(worker, exchange, target, credentials, what); !admitted.ok()) return admitted;
  auto timeout = timeout_of(**what.version, exchange.head().header("x-timeout"));
  if (!timeout.ok()) return timeout.error();
  what.timeout = *timeout;
  what.path = target.rest;
  what.remote = client_address(exchange, worker.site().options);
  return take_call_id(worker, exchange, credentials);
}

// A refused asynchronous call is none: its attempts are what counts.
void refuse(Worker& worker, Exchange& exchange, const RouteTarget& target, const FunctionCall::What& what,
            const Error& error) {
  Answer answer(worker, exchange);
  if (what.entry && target.kind == RouteKind::kFunction) answer.is_call(what.entry, 0);
  answer.add_to_reply(what.cors.fields());
  const std::string ask = challenge(what.version ? (*what.version)->config.access : Access{});
  const HeaderField field = {"www-authenticate", ask};
  answer.fail(error, {&field, error.code() == ErrorCode::kUnauthorized ? 1u : 0u});
}

void answer_preflight(Worker& worker, Exchange& exchange, const RouteTarget& target, const FunctionCall::What& what,
                      const Cors& cors) {
  const auto preflight = PreflightReply::of(cors, exchange.head().headers);
  if (!preflight.ok()) return refuse(worker, exchange, target, what, preflight.error());
  std::vector<HeaderField> fields = preflight->fields();
  fields.insert(fields.end(), what.cors.fields().begin(), what.cors.fields().end());
  Answer(worker, exchange).reply(204, fields, {});
}

}  // namespace

std::optional<FunctionCall::What> admit_call(Worker& worker, Exchange& exchange, const RouteTarget& target) {
  FunctionCall::What what{};
  const RequestHead& head = exchange.head();
  const auto credentials = Credentials::of(head.header("authorization"), *worker.tokens(), worker.recent_tokens());
  Status ready = find_version(worker, exchange, target, credentials, what);
  if (ready.ok() && (*what.version)->config.cors && is_preflight(head.method, head.headers)) {
    answer_preflight(worker, exchange, target, what, *(*what.version)->config.cors);
    return std::nullopt;
  }
  if (ready.ok()) ready = prepare_call(worker, exchange, target, credentials, what);
  if (!ready.ok()) {
    refuse(worker, exchange, target, what, ready.error());
    return std::nullopt;
  }
  exchange.set_body_limit((*what.version)->config.body_limit);
  return what;
}

std::unique_ptr<Responder> route_function(Worker& worker, Exchange& exchange, const RouteTarget& target) {
  auto what = admit_call(worker, exchange, target);
  if (!what) return nullptr;
  return std::make_unique<FunctionCall>(worker, exchange, *std::move(what));
}

}  // namespace sojourn
