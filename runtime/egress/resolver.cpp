#include "runtime/egress/resolver.h"

#include <cstring>
#include <memory>
#include <netdb.h>

namespace sojourn {

Resolution resolve_host(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  Resolution resolution;
  resolution.error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (resolution.error != 0) return resolution;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    if (resolution.addresses.size() == kAddressesMax || next->ai_addrlen > sizeof(sockaddr_storage)) break;
    sockaddr_storage& address = resolution.addresses.emplace_back();
    std::memcpy(&address, next->ai_addr, next->ai_addrlen);
  }
  return resolution;
}

}  // namespace sojourn
