#include "bench/load/endpoint.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "bench/measure/fail.h"

namespace bench {

sojourn::UniqueFd connect_to(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) fail("--address is not HOST:PORT");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
  if (inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) fail("--address is no IPv4 address");

  sojourn::UniqueFd socket_fd(must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  must(::connect(socket_fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), address.c_str());
  const int on = 1;
  must(::setsockopt(socket_fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  return socket_fd;
}

std::string request_bytes(const std::string& address, const std::string& method, const std::string& path,
                          const std::string& fields, const std::string& body) {
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: " + address + "\r\n" + fields;
  if (!body.empty() || method == "PUT" || method == "POST") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text + "\r\n" + body;
}

}  // namespace bench
