#include "gateway/worker.h"

#include "gateway/answer.h"
#include "gateway/api.h"
#include "gateway/events/async_route.h"
#include "gateway/events/event_route.h"
#include "gateway/function_route.h"
#include "gateway/hook_route.h"
#include "gateway/server_routes.h"

namespace sojourn {
namespace {

std::unique_ptr<Responder> refuse(Worker& worker, Exchange& exchange, ErrorCode code, std::string_view what) {
  Answer(worker, exchange).fail(Error(code, std::string(what)));
  return nullptr;
}

}  // namespace

Worker::Worker(Site& site, Loop& loop, std::size_t index, RouteTablePtr routes, TokenTablePtr tokens,
               SecretTablePtr secrets)
    : site_(site),
      loop_(loop),
      index_(index),
      routes_(std::move(routes)),
      tokens_(std::move(tokens)),
      secrets_(std::move(secrets)),
      access_log_(loop, site.options.access_log_fd) {}

std::unique_ptr<Responder> Worker::route(Exchange& exchange) {
  const RouteTarget target = parse_route(exchange.head().path);
  switch (target.kind) {
    case RouteKind::kFunction:
      return route_function(*this, exchange, target);
    case RouteKind::kAsync:
      return route_async(*this, exchange, target);
    case RouteKind::kEvents:
      return route_publish(*this, exchange);
    case RouteKind::kQueue:
      return route_enqueue(*this, exchange, target.name);
    case RouteKind::kApi:
      return route_api(*this, exchange, target.rest);
    case RouteKind::kHealth:
    case RouteKind::kReady:
    case RouteKind::kMetrics:
    case RouteKind::kDescription:
      return route_server(*this, exchange, target.kind);
    case RouteKind::kHook:
      return route_hook(*this, exchange, target.rest);
    case RouteKind::kNotAvailable:
      return refuse(*this, exchange, ErrorCode::kNotAvailable,
                    "this route has a meaning that this version of Sojourn does not bring yet; "
                    "GET /openapi.yaml lists what it has");
    case RouteKind::kUnknown:
      break;
  }
  return refuse(*this, exchange, ErrorCode::kRouteNotFound,
                "nothing is here; functions are at /function/NAME, and GET /openapi.yaml lists all routes");
}

}  // namespace sojourn
