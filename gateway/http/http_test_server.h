// For tests: an HttpServer on a thread of its own, and a client that says exactly the bytes it is told to.
//
// Thread: the test's. What the server does runs on its loop's thread; TestServer::on_loop takes a test there.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <doctest/doctest.h>
#include <functional>
#include <future>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/http/http_server.h"

namespace sojourn::http_test {

using Choose = std::function<std::unique_ptr<Responder>(Exchange&)>;

// Answers with what it understood: `METHOD path?query`, and ` body` if there is one.
class Echo final : public Responder {
 public:
  void on_request(Exchange& exchange) override {
    const RequestHead& head = exchange.head();
    std::string text = std::string(head.method) + " " + std::string(head.path);
    if (!head.query.empty()) text.append("?").append(head.query);
    if (!exchange.body().empty()) text.append(" ").append(exchange.body());
    const HeaderField method{"x-method", head.method};
    exchange.reply(200, {&method, 1}, text);
  }
};

class TestServer {
 public:
  explicit TestServer(HttpOptions options = {}, Choose choose = {}) {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening, 512) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    std::promise<void> ready;
    thread_ = std::thread([this, &ready, options, choose, listening] {
      Chooser router;
      router.choose = choose;
      Loop loop;
      HttpServer server(loop, router, options);
      loop_ = &loop;
      server_ = &server;
      const Status listens = server.listen(UniqueFd(listening));
      REQUIRE(listens.ok());
      ready.set_value();
      loop.run();
    });
    ready.get_future().wait();
  }
  ~TestServer() {
    loop_->post([this] { loop_->stop(); });
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  HttpServer& server() { return *server_; }
  HttpStats stats() const { return server_->stats(); }
  void on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    loop_->post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  // Waits up to 5 s.
  bool until(const std::function<bool(const HttpStats&)>& holds) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!holds(stats())) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

 private:
  struct Chooser final : Router {
    Choose choose;
    std::unique_ptr<Responder> route(Exchange& exchange) override {
      return choose ? choose(exchange) : std::make_unique<Echo>();
    }
  };

  std::uint16_t port_ = 0;
  Loop* loop_ = nullptr;
  HttpServer* server_ = nullptr;
  std::thread thread_;
};

struct Reply {
  int status = 0;
  std::string head;
  std::string body;
  bool whole = true;

  // The field's value; names are compared as written by the server.
  std::string field(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t value = at + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
  }
};

// Takes the first reply off `bytes`; nothing while it is not whole, unless `ended`.
inline std::optional<Reply> take_reply(std::string& bytes, bool ended = false) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  Reply reply;
  reply.head = bytes.substr(0, end + 2);
  reply.status = std::stoi(reply.head.substr(9, 3));
  std::size_t at = end + 4;
  const bool no_body =
      reply.status < 200 || reply.status == 204 || reply.status == 304 || reply.field("x-method") == "HEAD";
  if (no_body) {
  } else if (reply.field("Transfer-Encoding") == "chunked") {
    for (;;) {
      const std::size_t line = bytes.find("\r\n", at);
      if (line == std::string::npos) {
        reply.whole = false;
        break;
      }
      const std::size_t size = std::stoul(bytes.substr(at, line - at), nullptr, 16);
      if (bytes.size() < line + 2 + size + 2) {
        reply.whole = false;
        break;
      }
      reply.body += bytes.substr(line + 2, size);
      at = line + 2 + size + 2;
      if (size == 0) break;
    }
  } else if (!reply.field("Content-Length").empty()) {
    const std::size_t size = std::stoul(reply.field("Content-Length"));
    reply.whole = bytes.size() >= at + size;
    reply.body = bytes.substr(at, size);
    at = std::min(at + size, bytes.size());
  } else {
    reply.whole = ended;
    reply.body = bytes.substr(at);
    at = bytes.size();
  }
  if (!reply.whole && !ended) return std::nullopt;
  bytes.erase(0, reply.whole ? at : bytes.size());
  return reply;
}

class TestClient {
 public:
  explicit TestClient(const TestServer& server) : TestClient(server, 0) {}
  // `receive_bytes`: size of the socket's buffer, 0 for the kernel's choice.
  TestClient(const TestServer& server, int receive_bytes) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_bytes > 0) ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    connect(server);
  }

  enum class Connect { kLater };
  TestClient(const TestServer&, Connect) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}

  void connect(const TestServer& server) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server.port());
    REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server closed: what it said can still be read
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void half_close() { ::shutdown(socket_.get(), SHUT_WR); }
  void drop() { socket_.reset(); }
  int fd() const { return socket_.get(); }

  // The next reply; none when the connection ends, or nothing comes within `patience`.
  std::optional<Reply> read_reply(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    for (;;) {
      if (std::optional<Reply> reply = take_reply(received_, ended_)) return reply;
      if (ended_ || !receive(patience)) return std::nullopt;
      // A large reply is looked at again only when a good part of it has come, since that begins at its front.
      const std::size_t enough = received_.size() + (received_.size() > 1'000'000 ? received_.size() / 4 : 0);
      while (!ended_ && received_.size() < enough && receive(std::chrono::milliseconds(50))) {
      }
    }
  }
  // Everything until the server closes.
  std::string read_all() {
    while (!ended_ && receive(std::chrono::seconds(5))) {
    }
    return std::exchange(received_, {});
  }
  bool ended() const { return ended_; }
  bool ends_within(std::chrono::milliseconds patience) {
    while (!ended_ && receive(patience)) {
    }
    return ended_;
  }
  // Reads once, at most `bytes`.
  std::size_t read_some(std::size_t bytes) {
    std::string buffer(bytes, '\0');
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) ended_ = true;
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

 private:
  // False: nothing came.
  bool receive(std::chrono::milliseconds patience) {
    pollfd ready{socket_.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) return false;
    char buffer[64 * 1024];
    const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) ended_ = true;
    if (got > 0) received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  UniqueFd socket_;
  std::string received_;
  bool ended_ = false;
};

}  // namespace sojourn::http_test
