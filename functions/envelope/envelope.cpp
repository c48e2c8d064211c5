// envelope: an adapter that gives every function the same outside: one structured log line per call, metrics in
// Prometheus' text form whatever the function prints, and, if wanted, replies of one shape.
//
//   decorators:
//     - {use: envelope, with: {service: shop, metrics: {path: /metrics, prefix: shop_}, wrap: true}}
//
// log      on unless `log: false`: message "call" with service, method, path, status, durationMs, requestBytes and
//          responseBytes.
// metrics  for a GET of `path` the function's reply, a JSON object of numbers (and objects of them), becomes a gauge
//          per number, named by its path joined with `_` behind `prefix`; true and false are 1 and 0.
// wrap     replies become {"ok", "status", "callId", "durationMs", "data"} or, from 400 on, "error" in place of "data";
//          JSON stands in it as JSON, other text as a string. Streams and bodies that are no UTF-8 pass as they are.
#include <chrono>
#include <nlohmann/json.hpp>

#include <sojourn/function.h>

#include "functions/envelope/prometheus.h"
#include "functions/json_body.h"

namespace built_in {
namespace {

enum class Switch { kOff, kOn };

struct Configuration {
  std::string service;
  std::string metrics_path;  // empty: none
  std::string metrics_prefix;
  Switch log = Switch::kOn;
  Switch wrap = Switch::kOff;
};

Configuration configuration;  // once per instance

void read_configuration(sojourn::StartContext& context) {
  const auto with = context.with<Json>();
  configuration = {};
  if (!with.is_object()) return;
  configuration.service = with.value("service", std::string());
  configuration.log = with.value("log", true) ? Switch::kOn : Switch::kOff;
  configuration.wrap = with.value("wrap", false) ? Switch::kOn : Switch::kOff;
  if (!with.contains("metrics")) return;
  configuration.metrics_path = with["metrics"].value("path", std::string("/metrics"));
  configuration.metrics_prefix = with["metrics"].value("prefix", std::string());
  if (!is_metric_name(configuration.metrics_prefix + "x")) {
    throw sojourn::Error(422, "metrics.prefix: `" + configuration.metrics_prefix +
                                  "` cannot begin a metric's name, which has letters, digits, `_` and `:` only");
  }
}

std::int64_t milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
}

void log_call(const sojourn::Request& request, const sojourn::Response& reply, std::int64_t duration_ms,
              const sojourn::Context& context) {
  const std::string status = std::to_string(reply.status());
  const std::string duration = std::to_string(duration_ms);
  const std::string request_bytes = std::to_string(request.body().size());
  const std::string response_bytes = std::to_string(reply.body().size());
  const std::string_view service = configuration.service.empty() ? context.name() : configuration.service;
  context.log().info("call", {{"service", service},
                              {"method", request.method()},
                              {"path", request.path()},
                              {"status", status},
                              {"durationMs", duration},
                              {"requestBytes", request_bytes},
                              {"responseBytes", response_bytes}});
}

// The body as it stands in an envelope; nothing when it cannot.
std::optional<Json> content_of(const sojourn::Response& reply) {
  if (reply.body().empty()) return Json(nullptr);
  if (is_json(reply)) {
    Json body = parse_or_discard(reply.body());
    if (!body.is_discarded()) return body;
  }
  if (!is_utf8(reply.body())) return std::nullopt;
  return Json(std::string(reply.body()));
}

sojourn::Response wrapped(sojourn::Response reply, std::int64_t duration_ms, const sojourn::Context& context) {
  auto content = content_of(reply);
  if (!content) return reply;
  const bool ok = reply.status() < 400;
  Json envelope = {
      {"ok", ok}, {"status", reply.status()}, {"callId", std::string(context.call_id())}, {"durationMs", duration_ms}};
  envelope[ok ? "data" : "error"] = std::move(*content);
  if (reply.status() == 204) reply.status(200);  // it has a body now
  reply.header("content-type", "application/json").body(envelope.dump());
  return reply;
}

}  // namespace

sojourn::Response envelope(const sojourn::Request& request, sojourn::Next& next, sojourn::Context& context) {
  const auto start = std::chrono::steady_clock::now();
  sojourn::Response reply = next(request);
  const std::int64_t duration_ms = milliseconds_since(start);
  if (configuration.log == Switch::kOn) log_call(request, reply, duration_ms, context);
  if (reply.streamed()) return reply;
  if (request.method() == "GET" && !configuration.metrics_path.empty() &&
      request.path() == configuration.metrics_path && reply.status() == 200 && is_json(reply)) {
    const Json numbers = parse_or_discard(reply.body());
    if (!numbers.is_object()) throw sojourn::Error(502, "envelope: the function's metrics are no JSON object");
    reply.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
    reply.body(prometheus_text(numbers, configuration.metrics_prefix));
    return reply;
  }
  if (configuration.wrap == Switch::kOff || request.method() == "HEAD") return reply;
  return wrapped(std::move(reply), duration_ms, context);
}

SOJOURN_START(read_configuration)
SOJOURN_DECORATOR(envelope)
SOJOURN_WITH(envelope, R"({"type": "object", "additionalProperties": false, "properties": {
  "service": {"type": "string", "minLength": 1},
  "log": {"type": "boolean"},
  "wrap": {"type": "boolean"},
  "metrics": {"type": "object", "additionalProperties": false, "properties": {
    "path": {"type": "string", "minLength": 1},
    "prefix": {"type": "string"}}}}})")

}  // namespace built_in
