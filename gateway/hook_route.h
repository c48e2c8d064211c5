// The way of a request to a webhook: ANY /hooks/PATH. Finds the hook whose path is spelt exactly so, and refuses by the
// head what needs no body: a body that is compressed, a sender that shows the wrong secret. Every method will do. A
// token of this server neither helps nor hinders: the hook's `verify` decides alone.
//
// Thread: the worker's loop.
#pragma once

#include <memory>
#include <string_view>

#include "gateway/http/exchange.h"

namespace sojourn {

class Worker;

// What Router::route returns for /hooks followed by `path`, which begins with a slash; it has replied itself when that
// is null.
std::unique_ptr<Responder> route_hook(Worker& worker, Exchange& exchange, std::string_view path);

}  // namespace sojourn
