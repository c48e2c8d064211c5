#include "gateway/server_routes.h"

#include <array>

#include "gateway/answer.h"
#include "gateway/api_description.h"
#include "gateway/credentials.h"
#include "gateway/events/event_desk.h"
#include "gateway/events/metrics_look.h"
#include "gateway/worker.h"

namespace sojourn {
namespace {

constexpr HeaderField kRetrySoon = {"retry-after", "1"};
constexpr HeaderField kAllow = {"allow", "GET, HEAD"};

void reply_text(Answer& answer, std::string_view type, std::string_view text) {
  const std::array<HeaderField, 2> fields = {HeaderField{"content-type", type}, {"cache-control", "no-store"}};
  answer.reply(200, fields, text);
}

// The responder that answers, or null when it may not.
std::unique_ptr<Responder> look_at_metrics(Worker& worker, Exchange& exchange) {
  const auto credentials =
      Credentials::of(exchange.head().header("authorization"), *worker.tokens(), worker.recent_tokens());
  const Status may = credentials.may(Verb::kRead, "");
  if (worker.site().options.dev || may.ok()) return std::make_unique<MetricsLook>(worker, exchange);
  Answer answer(worker, exchange);
  refuse(answer, may.error());
  return nullptr;
}

void reply_ready(Worker& worker, Answer& answer) {
  const Status ready = unready_reason(worker.site());
  if (!ready.ok()) return answer.fail(ready.error(), {&kRetrySoon, 1});
  std::string text = "ready\n";
  const EventDesk& events = *worker.site().events;
  if (events.journal() == nullptr) text += "but without events: " + journal_unavailable().text() + "\n";
  reply_text(answer, "text/plain; charset=utf-8", text);
}

}  // namespace

Status unready_reason(const Site& site) {
  if (site.draining) return Error(ErrorCode::kDraining, "the server is stopping");
  if (site.runtime.walls() == 0) {
    return Error(ErrorCode::kNoCapacity, "the sandboxes are not there yet: no warden has answered");
  }
  return {};
}

std::unique_ptr<Responder> route_server(Worker& worker, Exchange& exchange, RouteKind kind) {
  const std::string_view method = exchange.head().method;
  const bool looks = method == "GET" || method == "HEAD";
  if (looks && kind == RouteKind::kMetrics) return look_at_metrics(worker, exchange);
  Answer answer(worker, exchange);
  if (!looks) {
    answer.fail(Error(ErrorCode::kMethodNotAllowed, "this route takes GET and HEAD"), {&kAllow, 1});
  } else if (kind == RouteKind::kReady) {
    reply_ready(worker, answer);
  } else if (kind == RouteKind::kDescription) {
    reply_text(answer, "application/yaml", kApiDescription);
  } else {
    reply_text(answer, "text/plain; charset=utf-8", "ok\n");
  }
  return nullptr;
}

}  // namespace sojourn
