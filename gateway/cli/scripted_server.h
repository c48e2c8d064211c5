// What tests of the command line talk to: a server that says what it was told to say, and keeps what it was sent.
//
// Thread: the test's, and one of its own that answers.
#pragma once

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "runtime/base/unique_fd.h"

namespace sojourn::cli {

// A server that answers each connection with the next of its replies, and keeps what it was sent.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> replies) : replies_(std::move(replies)) {
    listening_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening_.get(), 8) == 0);
    socklen_t length = sizeof address;
    ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() { finish(); }

  const std::string& url() const { return url_; }
  const std::string& received() {
    finish();
    return received_;
  }

 private:
  void serve() {
    for (const std::string& reply : replies_) {
      const UniqueFd client(::accept(listening_.get(), nullptr, nullptr));
      if (!client) return;
      char piece[4096];
      const ssize_t length = ::read(client.get(), piece, sizeof piece);
      if (length > 0) received_.append(piece, static_cast<std::size_t>(length));
      [[maybe_unused]] const ssize_t sent = ::write(client.get(), reply.data(), reply.size());
    }
  }
  void finish() {
    if (!thread_.joinable()) return;
    ::shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
  }

  std::vector<std::string> replies_;
  UniqueFd listening_;
  std::string url_;
  std::string received_;
  std::thread thread_;
};

inline std::string reply(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace sojourn::cli
