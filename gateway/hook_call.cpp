#include "gateway/hook_call.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "gateway/client_address.h"
#include "gateway/events/event_desk.h"
#include "gateway/hooks/hook_event.h"
#include "gateway/hooks/replay_key.h"
#include "gateway/hooks/sender_check.h"
#include "runtime/event/triggers/intake.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t now_s() {
  return wall_ms() / 1000;
}

// `NAME` or `NAME@7`.
RouteTarget target_of(std::string_view reference) {
  const std::size_t at = reference.find('@');
  RouteTarget target;
  target.kind = RouteKind::kFunction;
  target.name = reference.substr(0, at);
  target.has_reference = at != std::string_view::npos;
  if (target.has_reference) target.reference = reference.substr(at + 1);
  return target;
}

std::string_view type_of(std::string_view reply_body) {
  const bool may_be_json = reply_body.starts_with('{') || reply_body.starts_with('[');
  return may_be_json && Json::accept(reply_body) ? "application/json" : "text/plain; charset=utf-8";
}

Json taken(const Accepted& accepted) {
  Json json = {{"event", accepted.event}};
  if (!accepted.run.empty()) json["run"] = accepted.run;
  return json;
}

}  // namespace

HookCall::HookCall(Worker& worker, Exchange& exchange, const BoundTrigger& hook)
    : EventAnswer(worker, exchange), routes_(worker.routes()), hook_(hook), passage_(answer()) {}

Status HookCall::check_head(Worker& worker, Exchange& exchange, const WebhookTrigger& trigger) {
  return check_sender_head(trigger, exchange.head().headers, *worker.secrets(), now_s());
}

void HookCall::refuse_sender(Answer& answer, const WebhookTrigger& trigger, const Error& error) {
  Worker& worker = answer.worker();
  Site& site = worker.site();
  site.hook_refusals.add(site.log, trigger.path, error.text(), client_address(answer.exchange(), site.options),
                         std::chrono::steady_clock::now());
  if (error.code() != ErrorCode::kUnauthorized) return refuse(answer, error);
  const std::string ask = challenge(trigger);
  const HeaderField field = {"www-authenticate", ask};
  answer.fail(error, {&field, 1});
}

void HookCall::on_request(Exchange& exchange) {
  const RequestHead& head = exchange.head();
  const HookMessage message = {head.headers, exchange.body(), wall_ms(), head.method, head.query};
  const Status genuine =
      check_sender(trigger(), message.headers, message.body, *worker().secrets(), message.now_ms / 1000);
  if (!genuine.ok()) return refuse_sender(answer(), trigger(), genuine.error());
  auto outcome = read_hook(trigger(), message);
  if (!outcome.ok()) return refuse(answer(), outcome.error());
  if (const auto* told = std::get_if<HookAnswer>(&*outcome)) {
    const HeaderField type = {"content-type", told->content_type};
    return answer().reply(200, {&type, 1}, told->body);
  }
  const CloudEvent& event = std::get<CloudEvent>(*outcome);
  if (trigger().reply == HookReply::kSync) return call(event);
  keep(event, replay_keys(trigger(), *hook_.source->pipeline, message));
}

void HookCall::keep(const CloudEvent& event, std::vector<DedupeKey> replay) {
  auto acceptance = accept_for(*routes_->triggers(), hook_, event, std::move(replay), wall_ms());
  if (!acceptance) {
    return answer_taken(202,
                        R"({"ignored":"the event does not match what this hook wants"})"
                        "\n",
                        {});
  }
  std::vector<Acceptance> acceptances;
  acceptances.push_back(std::move(*acceptance));
  worker().site().events->accept(std::move(acceptances), CameBy::kHook, worker().loop(), later(&HookCall::on_accepted));
}

void HookCall::on_accepted(Result<std::vector<Accepted>> accepted) {
  if (!accepted.ok()) return refuse(answer(), accepted.error());
  const Accepted& one = accepted->front();
  const std::string first = first_of(one);
  const HeaderField duplicate = {kDuplicateField, first};
  answer_taken(202, taken(one).dump() + "\n", {&duplicate, one.is_duplicate ? 1u : 0u});
}

// As the hook says; `json_body` tells what became of the event where it says nothing.
void HookCall::answer_taken(int status, std::string_view json_body, std::span<const HeaderField> more) {
  const bool is_own = trigger().reply == HookReply::kOk;
  const std::string_view body = is_own ? std::string_view(trigger().reply_body) : json_body;
  std::vector<HeaderField> fields = {{"content-type", is_own ? type_of(body) : "application/json"}};
  fields.insert(fields.end(), more.begin(), more.end());
  answer().reply(is_own ? 200 : status, fields, body);
}

// REQUIRES: the pipeline's only step is a call, as `respond: sync` demands.
void HookCall::call(const CloudEvent& event) {
  const Step& step = hook_.source->pipeline->steps.front();
  const RouteTarget target = target_of(std::get<CallStep>(step.act).function);
  const RouteEntryPtr* entry = routes_->find(target.name);
  if (entry == nullptr) {
    return refuse(answer(), Error(ErrorCode::kFunctionNotFound, "there is no function for this webhook"));
  }
  const auto version = (*entry)->resolve(target);
  if (!version.ok()) return refuse(answer(), version.error());
  const auto chain = (*entry)->chain(***version);
  if (!chain.ok()) return refuse(answer(), chain.error());
  answer().is_call(*entry, (**version)->number);
  const EventFields binary = to_binary(event);
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : binary.fields) fields.push_back({name, value});
  const std::string_view trace = event.attribute("traceparent");
  if (!trace.empty()) fields.push_back({"traceparent", trace});
  RequestView request;
  request.call_id = exchange().call_id();
  request.traceparent = trace;
  request.method = "POST";
  request.path = "/";
  request.remote = client_address(exchange(), worker().site().options);
  request.headers = fields;
  request.body = event.data;
  const auto timeout = std::min((**version)->config.timeout, step.timeout);
  Runtime& runtime = worker().site().runtime;
  Caller& who = caller(***version);
  passage_.begin(*chain != nullptr ? runtime.call(**chain, request, timeout, who)
                                   : runtime.call(**version, request, timeout, who));
}

// Who hears of the reply first.
Caller& HookCall::caller(const Version& version) {
  if (!routes_->triggers()->is_followed(version.function)) return passage_;
  EndedCall call;
  call.function = version.function;
  call.version = version.number;
  call.call_id = exchange().call_id();
  call.traceparent = exchange().head().header("traceparent");
  followed_ = std::make_unique<FollowedPassage>(passage_, worker().site(), worker().loop(), routes_->triggers(),
                                                std::move(call));
  return *followed_;
}

void HookCall::on_room(Exchange&) {
  passage_.give_room();
}

}  // namespace sojourn
