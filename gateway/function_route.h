// The way of a request to a function: /function/NAME[@REF][/path], and the same behind /async-function. Looks the
// version up, answers preflights by its `cors`, checks its `access`, and returns the responder that makes the call and
// passes its reply on.
//
// Thread: the worker's loop.
#pragma once

#include <memory>
#include <optional>

#include "gateway/function_call.h"
#include "gateway/http/exchange.h"
#include "gateway/route_target.h"

namespace sojourn {

class Worker;

// What Router::route returns for such a target; it has replied itself when that is null.
std::unique_ptr<Responder> route_function(Worker& worker, Exchange& exchange, const RouteTarget& target);

// What every call needs of the head, with the body's limit set on the exchange; nothing when it replied itself, to a
// preflight or because the request may not come in.
std::optional<FunctionCall::What> admit_call(Worker& worker, Exchange& exchange, const RouteTarget& target);

}  // namespace sojourn
