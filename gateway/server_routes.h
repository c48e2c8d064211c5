// The routes that are about the server itself: /healthz, /readyz, /metrics, /openapi.yaml.
//
// Thread: the worker's loop.
#pragma once

#include <memory>

#include "gateway/http/exchange.h"
#include "gateway/route_target.h"
#include "gateway/site.h"
#include "runtime/base/result.h"

namespace sojourn {

// Ok when the server can serve calls; else kDraining or kNoCapacity with the reason. Any thread.
Status unready_reason(const Site& site);

// What Router::route returns for such a target; it has replied itself when that is null.
std::unique_ptr<Responder> route_server(Worker& worker, Exchange& exchange, RouteKind kind);

}  // namespace sojourn
