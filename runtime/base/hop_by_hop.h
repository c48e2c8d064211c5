// Header fields that speak of one connection and not of the message (RFC 9110, 7.6.1): they are passed on neither to a
// function nor to a client.
//
// Thread: any.
#pragma once

#include <string_view>

namespace sojourn {

// `name` is lower-case. Told apart by length before any comparison: this runs for every field of every call.
constexpr bool is_hop_by_hop(std::string_view name) {
  switch (name.size()) {
    case 2:
      return name == "te";
    case 7:
      return name == "trailer" || name == "upgrade";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    case 18:
      return name == "proxy-authenticate";
    case 19:
      return name == "proxy-authorization";
    default:
      return false;
  }
}

}  // namespace sojourn
