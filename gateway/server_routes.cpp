#include "gateway/server_routes.h"

#include <array>

#include "gateway/answer.h"
#include "gateway/api_description.h"
#include "gateway/credentials.h"
#include "gateway/metrics.h"
#include "gateway/prometheus_text.h"
#include "gateway/worker.h"

namespace sojourn {
namespace {

constexpr HeaderField kAskForToken = {"www-authenticate", "Bearer realm=\"sojourn\""};
constexpr HeaderField kRetrySoon = {"retry-after", "1"};
constexpr HeaderField kAllow = {"allow", "GET, HEAD"};

void reply_text(Answer& answer, std::string_view type, std::string_view text) {
  const std::array<HeaderField, 2> fields = {HeaderField{"content-type", type}, {"cache-control", "no-store"}};
  answer.reply(200, fields, text);
}

void reply_metrics(Worker& worker, Answer& answer) {
  const auto credentials =
      Credentials::of(answer.exchange().head().header("authorization"), *worker.tokens(), worker.recent_tokens());
  const Status may = credentials.may(Verb::kRead, "");
  if (!worker.site().options.dev && !may.ok()) {
    const bool asks = may.error().code() == ErrorCode::kUnauthorized;
    return answer.fail(may.error(), {&kAskForToken, asks ? 1u : 0u});
  }
  reply_text(answer, kPrometheusType, render_metrics(worker));
}

void reply_ready(Worker& worker, Answer& answer) {
  const Status ready = unready_reason(worker.site());
  if (!ready.ok()) return answer.fail(ready.error(), {&kRetrySoon, 1});
  reply_text(answer, "text/plain; charset=utf-8", "ready\n");
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
  Answer answer(worker, exchange);
  const std::string_view method = exchange.head().method;
  if (method != "GET" && method != "HEAD") {
    answer.fail(Error(ErrorCode::kMethodNotAllowed, "this route takes GET and HEAD"), {&kAllow, 1});
  } else if (kind == RouteKind::kMetrics) {
    reply_metrics(worker, answer);
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
