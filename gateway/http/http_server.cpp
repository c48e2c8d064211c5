#include "gateway/http/http_server.h"

#include <cerrno>
#include <sys/socket.h>
#include <vector>

#include "gateway/http/connection_set.h"
#include "runtime/loop/tcp.h"

namespace sojourn {

class HttpServer::Impl final : private TcpListener::Events {
 public:
  Impl(Loop& loop, Router& router, const HttpOptions& options)
      : loop_(loop), connections_(loop, router, options, counters_), patience_(loop) {}

  void listen(UniqueFd listening) {
    TcpListener::Events& events = *this;
    listeners_.push_back(std::make_unique<TcpListener>(loop_, std::move(listening), events));
  }

  void drain(std::chrono::milliseconds patience, std::function<void()> done) {
    patience_.start(patience, [this] { connections_.close_all(); });
    connections_.drain(std::move(done));
  }

  HttpStats stats() const { return counters_.snapshot(); }

 private:
  void on_connection(UniqueFd socket, std::string_view peer) override { connections_.admit(std::move(socket), peer); }
  void on_shed() override { counters_.shed.add(1); }

  Loop& loop_;
  HttpCounters counters_;
  ConnectionSet connections_;
  Timer patience_;
  std::vector<std::unique_ptr<TcpListener>> listeners_;
};

HttpServer::HttpServer(Loop& loop, Router& router, HttpOptions options)
    : impl_(std::make_unique<Impl>(loop, router, options)) {}
HttpServer::~HttpServer() = default;

Status HttpServer::listen(UniqueFd listening) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(listening.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) {
    return system_error("http: listening socket", errno);
  }
  if (listens == 0) return Error(ErrorCode::kInternal, "http: the socket does not listen; call listen(2) on it first");
  impl_->listen(std::move(listening));
  return {};
}

void HttpServer::drain(std::chrono::milliseconds patience, std::function<void()> done) {
  impl_->drain(patience, std::move(done));
}

HttpStats HttpServer::stats() const {
  return impl_->stats();
}

}  // namespace sojourn
