// Where a server listens, and the sockets that do. Every worker has a socket of its own on the one address
// (SO_REUSEPORT), so that no two loops wake for the same connection.
//
// Thread:     one; values and owners.
// Ownership:  ListeningSockets owns its descriptors (close-on-exec). The supervisor keeps them while gateways come and
//             go: a connection made in between waits in the kernel's queue instead of being refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

// A resolved address: what `--listen` means on this host.
struct ListenAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;  // bytes of storage in use

  bool is_loopback() const;
  std::uint16_t port() const;
  void set_port(std::uint16_t port);
  std::string text() const;  // 127.0.0.1:8080, [::1]:8080
};

// Reads HOST:PORT, where HOST is an IPv4 address, an IPv6 address in brackets, a host name (the first address it has,
// IPv4 before IPv6) or empty (every address of the host). A PORT alone means 127.0.0.1; port 0 means a free one.
Result<ListenAddress> parse_listen_address(std::string_view text);

struct ListeningSockets {
  ListenAddress address;          // with the port that was bound
  std::vector<UniqueFd> sockets;  // one per worker, listening, not blocking
};

inline constexpr int kListenBacklog = 1024;  // connections the kernel keeps per socket while nobody accepts

// Opens `count` sockets on one address. Refuses a port on which any other program listens, another Sojourn too:
// SO_REUSEPORT alone would share it silently.
// REQUIRES: count >= 1.
Result<ListeningSockets> open_listening_sockets(const ListenAddress& address, int count);

}  // namespace sojourn
