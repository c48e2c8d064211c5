// Names to addresses. Asked once per connection: what it answers is looked at and connected to as it stands, so that a
// name server that says something else the second time is never asked a second time.
//
// Thread: resolve_host blocks; the broker calls it on a thread of its own. Values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace sojourn {

struct Resolution {
  int error = 0;  // of getaddrinfo
  std::vector<sockaddr_storage> addresses;
};

// Stream addresses of `host`, at most kAddressesMax, in the order of preference.
Resolution resolve_host(const std::string& host, std::uint16_t port);

// In place of resolve_host, for tests that play the name server.
using Resolve = std::function<Resolution(const std::string& host, std::uint16_t port)>;

inline constexpr std::size_t kAddressesMax = 8;

}  // namespace sojourn
