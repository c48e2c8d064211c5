#include "gateway/supervisor/listen_address.h"

#include <arpa/inet.h>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>

namespace sojourn {
namespace {

Error not_an_address(std::string_view text, std::string_view why) {
  std::string message = "listen address `";
  message.append(text).append("`: ").append(why).append("; write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
  return Error(ErrorCode::kBadRequest, message);
}

struct HostAndPort {
  std::string host;
  std::string_view port;
};

Result<HostAndPort> split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return HostAndPort{"127.0.0.1", text};
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return not_an_address(text, "an IPv6 address stands in brackets");
  }
  return HostAndPort{std::string(host), text.substr(colon + 1)};
}

// The first IPv4 address of the list, else its first.
const addrinfo& preferred(const addrinfo& list) {
  for (const addrinfo* at = &list; at != nullptr; at = at->ai_next) {
    if (at->ai_family == AF_INET) return *at;
  }
  return list;
}

Result<UniqueFd> open_socket(const ListenAddress& address) {
  UniqueFd socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return system_error("socket", errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6) {
    // [::] means both families, also where the host's default says otherwise.
    const int off = 0;
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  return socket;
}

Status bind_to(const UniqueFd& socket, const ListenAddress& address) {
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) == 0) return {};
  const Error error = system_error("listen on " + address.text(), errno);
  if (errno != EADDRINUSE) return error;
  return Error(error.code(), error.text() + "; stop the program that listens there, or pass another --listen");
}

// Without SO_REUSEPORT a bind fails as soon as anybody listens on the port.
Status check_free(const ListenAddress& address) {
  if (address.port() == 0) return {};
  Result<UniqueFd> socket = open_socket(address);
  if (!socket) return socket.error();
  return bind_to(*socket, address);
}

Result<UniqueFd> listen_on(const ListenAddress& address) {
  Result<UniqueFd> socket = open_socket(address);
  if (!socket) return socket.error();
  const int on = 1;
  if (::setsockopt(socket->get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    return system_error("SO_REUSEPORT", errno);
  }
  if (const Status bound = bind_to(*socket, address); !bound) return bound.error();
  if (::listen(socket->get(), kListenBacklog) != 0) return system_error("listen on " + address.text(), errno);
  return socket;
}

Result<std::uint16_t> bound_port(const UniqueFd& socket) {
  ListenAddress bound;
  bound.length = sizeof bound.storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.length) != 0) {
    return system_error("getsockname", errno);
  }
  return bound.port();
}

}  // namespace

bool ListenAddress::is_loopback() const {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  return storage.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

std::uint16_t ListenAddress::port() const {
  return storage.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port)
                                       : ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

void ListenAddress::set_port(std::uint16_t port) {
  if (storage.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
  }
}

std::string ListenAddress::text() const {
  char host[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(port());
  }
  ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(storage).sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(port());
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Result<HostAndPort> parts = split(text);
  if (!parts) return parts.error();
  std::uint16_t port = 0;
  const char* const end = parts->port.data() + parts->port.size();
  const auto [stop, error] = std::from_chars(parts->port.data(), end, port);
  if (error != std::errc() || stop != end) return not_an_address(text, "the port is no number from 0 to 65535");

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const char* const host = parts->host.empty() ? nullptr : parts->host.c_str();
  const int failed = ::getaddrinfo(host, "0", &hints, &list);
  if (failed != 0) return not_an_address(text, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);

  const addrinfo& chosen = preferred(*list);
  ListenAddress address;
  std::memcpy(&address.storage, chosen.ai_addr, chosen.ai_addrlen);
  address.length = chosen.ai_addrlen;
  address.set_port(port);
  return address;
}

Result<ListeningSockets> open_listening_sockets(const ListenAddress& address, int count) {
  assert(count >= 1);
  if (const Status free = check_free(address); !free) return free.error();
  ListeningSockets opened{address, {}};
  for (int i = 0; i < count; ++i) {
    Result<UniqueFd> socket = listen_on(opened.address);
    if (!socket) return socket.error();
    if (opened.address.port() == 0) {
      const Result<std::uint16_t> port = bound_port(*socket);
      if (!port) return port.error();
      opened.address.set_port(*port);
    }
    opened.sockets.push_back(std::move(*socket));
  }
  return opened;
}

}  // namespace sojourn
