#include "gateway/events/event_route.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gateway/credentials.h"
#include "gateway/events/event_answer.h"
#include "gateway/events/event_desk.h"
#include "loader/names.h"
#include "runtime/base/rfc3339.h"
#include "runtime/crypto/random.h"

namespace sojourn {
namespace {

constexpr std::string_view kItemType = "io.sojourn.queue.item";

bool has_publish_anywhere(const Credentials& credentials) {
  return std::ranges::any_of(credentials.token->scopes, [](const Scope& scope) {
    return scope.verb == Verb::kPublish || scope.verb == Verb::kAdmin;
  });
}

// CloudEvents of whatever form; none: the request is no CloudEvent.
Result<std::vector<CloudEvent>> read_events(const RequestHead& head, std::string_view body) {
  const auto one = [](Result<CloudEvent> event) -> Result<std::vector<CloudEvent>> {
    if (!event.ok()) return event.error();
    return std::vector<CloudEvent>{std::move(*event)};
  };
  switch (event_form(head.headers)) {
    case EventForm::kBinary:
      return one(read_binary(head.headers, body));
    case EventForm::kStructured:
      return one(read_structured(body));
    case EventForm::kBatched:
      return read_batched(body);
    case EventForm::kNone:
      break;
  }
  return std::vector<CloudEvent>{};
}

Error no_cloud_event() {
  return Error(
      ErrorCode::kUnsupportedMedia,
      "this takes CloudEvents: send `Content-Type: application/cloudevents+json`, "
      "`application/cloudevents-batch+json`, or the fields ce-specversion, ce-id, ce-source and ce-type beside "
      "the data; POST /queues/NAME takes any body");
}

// A body that is no CloudEvent, as the item that it makes of a queue.
CloudEvent wrapped(std::string_view queue, std::string_view type, std::string_view body) {
  CloudEvent event;
  event.id = random_uuid();
  event.source = "/queues/" + std::string(queue);
  event.type = kItemType;
  event.attributes["time"] = rfc3339_of_ms(wall_ms());
  event.attributes["datacontenttype"] = type.empty() ? "application/octet-stream" : std::string(type);
  event.data = body;
  return event;
}

class EventIntake final : public EventAnswer {
 public:
  EventIntake(Worker& worker, Exchange& exchange, Credentials credentials, std::string queue)
      : EventAnswer(worker, exchange), tokens_(worker.tokens()), credentials_(credentials), queue_(std::move(queue)) {}

  void on_request(Exchange&) override {
    auto events = take();
    if (!events.ok()) return refuse(answer(), events.error());
    EventDesk& desk = *worker().site().events;
    if (queue_.empty()) return desk.publish(std::move(*events), worker(), later(&EventIntake::on_accepted));
    desk.enqueue(queue_, std::move(*events), worker(), later(&EventIntake::on_accepted));
  }

 private:
  Result<std::vector<CloudEvent>> take() {
    const RequestHead& head = exchange().head();
    auto events = read_events(head, exchange().body());
    if (!events.ok()) return events;
    const bool is_other = event_form(head.headers) == EventForm::kNone;
    if (is_other && queue_.empty()) return no_cloud_event();
    if (is_other) events->push_back(wrapped(queue_, head.header("content-type"), exchange().body()));
    for (std::size_t i = 0; i < events->size() && queue_.empty(); ++i) {
      const Status may = may_publish((*events)[i]);
      if (!may.ok()) return events->size() == 1 ? may.error() : may.error().at("event " + std::to_string(i));
    }
    // The trace goes on through an event that brings none of its own.
    const std::string_view trace = head.header("traceparent");
    for (CloudEvent& event : *events) {
      if (!trace.empty()) event.attributes.try_emplace("traceparent", trace);
    }
    return events;
  }

  Status may_publish(const CloudEvent& event) const {
    if (credentials_.token == nullptr) return {};
    return credentials_.may(Verb::kPublish, event.type);
  }

  void on_accepted(Result<std::vector<Accepted>> accepted) {
    if (!accepted.ok()) return refuse(answer(), accepted.error());
    const bool is_all_known = !accepted->empty() && std::ranges::all_of(*accepted, &Accepted::is_duplicate);
    const std::string first = is_all_known ? first_of(accepted->front()) : std::string();
    const HeaderField duplicate = {kDuplicateField, first};
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const Accepted& one : *accepted) {
      nlohmann::ordered_json row = {{"event", one.event}};
      if (!one.run.empty()) row["run"] = one.run;
      if (one.is_duplicate) row["duplicate"] = true;
      rows.push_back(std::move(row));
    }
    reply_json(answer(), 202, {{"accepted", std::move(rows)}}, {&duplicate, is_all_known ? 1u : 0u});
  }

  const TokenTablePtr tokens_;  // keeps credentials_ valid
  const Credentials credentials_;
  const std::string queue_;
};

std::unique_ptr<Responder> refuse_now(Worker& worker, Exchange& exchange, const Error& error) {
  Answer answer(worker, exchange);
  refuse(answer, error);
  return nullptr;
}

// Whether the method fits, and whether the token may publish at all: what of is looked at when it is read.
Status admit(Worker& worker, const Credentials& credentials, std::string_view queue) {
  if (worker.site().options.dev) return {};
  if (!queue.empty()) return credentials.may(Verb::kPublish, queue);
  if (credentials.token != nullptr && has_publish_anywhere(credentials)) return {};
  return credentials.may(Verb::kPublish, "");
}

std::unique_ptr<Responder> route(Worker& worker, Exchange& exchange, std::string_view queue) {
  const RequestHead& head = exchange.head();
  if (head.method != "POST") {
    constexpr HeaderField kAllow = {"allow", "POST"};
    Answer(worker, exchange).fail(Error(ErrorCode::kMethodNotAllowed, "this route takes POST"), {&kAllow, 1});
    return nullptr;
  }
  auto credentials = Credentials::of(head.header("authorization"), *worker.tokens(), worker.recent_tokens());
  if (Status may = admit(worker, credentials, queue); !may.ok()) return refuse_now(worker, exchange, may.error());
  if (worker.site().options.dev) credentials.token = nullptr;
  exchange.set_body_limit(kPublishedBytesMax);
  return std::make_unique<EventIntake>(worker, exchange, credentials, std::string(queue));
}

}  // namespace

std::unique_ptr<Responder> route_publish(Worker& worker, Exchange& exchange) {
  return route(worker, exchange, {});
}

std::unique_ptr<Responder> route_enqueue(Worker& worker, Exchange& exchange, std::string_view queue) {
  if (const Status fits = check_name("queue", queue); !fits.ok()) {
    return refuse_now(worker, exchange, fits.error().as(ErrorCode::kBadRequest));
  }
  return route(worker, exchange, queue);
}

}  // namespace sojourn
