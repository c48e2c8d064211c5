// Asynchronous calls: POST /async-function/NAME[@REF][/path] keeps the request and answers 202 when it is durable; GET
// and DELETE /async-function/CALL_ID show what became of it and cancel it.
//
// Who may begin one is who may call the function. Who may see one is the token that began it, or one with the scope
// `read` for the function; of an open function that was called without a token, whoever knows the call's id. To cancel
// takes the same, with `invoke` in place of `read`. With --dev everybody may.
//
// Thread: the worker's loop.
// Bound:  a request's body by the function's `bodyLimit`, a callback's URL by kCallbackUrlMax.
#pragma once

#include <memory>

#include "gateway/http/exchange.h"
#include "gateway/route_target.h"

namespace sojourn {

class Worker;

inline constexpr std::size_t kCallbackUrlMax = 2048;  // bytes

// What Router::route returns for such a target; it has replied itself when that is null.
std::unique_ptr<Responder> route_async(Worker& worker, Exchange& exchange, const RouteTarget& target);

}  // namespace sojourn
