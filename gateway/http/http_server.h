// An HttpServer serves HTTP/1.1 on one loop: it accepts connections on the listening sockets it is given, keeps them
// within the limits, and asks the Router for a Responder for each request. One per loop; several share a quota.
//
// Thread:  its loop; stats() any.
// Owner:   main. The loop, the router and the quota outlive it. Dropping it closes every connection at once.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "gateway/http/connection_quota.h"
#include "gateway/http/exchange.h"
#include "gateway/http/http_limits.h"
#include "gateway/http/http_stats.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/loop/loop.h"

namespace sojourn {

struct HttpOptions {
  HttpLimits limits;
  HostCheck host_check = HostCheck::kAny;
  // Counts connections over all loops of the process; one of its own when empty.
  std::shared_ptr<ConnectionQuota> quota;
};

class HttpServer {
 public:
  HttpServer(Loop& loop, Router& router, HttpOptions options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Accepts on a socket that already listens (SO_REUSEPORT sockets are made by whoever starts the loops). May be called
  // for several sockets. Fails when the descriptor is not a listening socket.
  Status listen(UniqueFd listening);

  // Answers new connections with 503 `draining`, so that nobody waits for a server that goes; closes idle ones, answers
  // what is in flight with `Connection: close`. Calls `done` when the last of them is gone, or when `patience` passed
  // and the rest was cut off.
  void drain(std::chrono::milliseconds patience, std::function<void()> done);

  HttpStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sojourn
