// Where a request came from: the peer's address, or behind a proxy the one that the nearest proxy saw.
//
// Thread: the exchange's loop. The view lives as long as the exchange.
#pragma once

#include <string_view>

#include "gateway/gateway.h"
#include "gateway/http/exchange.h"

namespace sojourn {

std::string_view client_address(const Exchange& exchange, const GatewayOptions& options);

}  // namespace sojourn
