// The ConnectionSet holds what the connections of one loop share: limits, counters, the router, the read buffer, pools
// of connections and exchanges, the list of those with output, and the one timer that looks for slow clients.
//
// Thread: its loop.
// Owner:  the HttpServer. Dropping it closes every connection.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/http/connection.h"
#include "gateway/http/http_server.h"
#include "gateway/http/http_stats.h"
#include "gateway/http/reply_head.h"
#include "runtime/loop/tcp.h"

namespace sojourn {

class ConnectionSet {
 public:
  ConnectionSet(Loop& loop, Router& router, const HttpOptions& options, HttpCounters& counters);
  ~ConnectionSet();
  ConnectionSet(const ConnectionSet&) = delete;
  ConnectionSet& operator=(const ConnectionSet&) = delete;

  // Begins a conversation, or turns the client away when it would exceed a limit.
  void admit(UniqueFd socket, std::string_view peer);

  // From here on every reply that can be the last of its connection is, and who comes is turned away. `on_empty` is
  // posted to the loop once, when no connection is left but those turned away.
  void drain(std::function<void()> on_empty);
  void close_all();

  // --- for connections ---
  Loop& loop() { return loop_; }
  Router& router() { return router_; }
  const HttpLimits& limits() const { return limits_; }
  HostCheck host_check() const { return host_check_; }
  HttpCounters& counters() { return counters_; }
  TcpBuffers& buffers() { return buffers_; }
  bool draining() const { return draining_; }
  std::string_view date_line() { return date_.at(loop_.now()); }
  void schedule_flush(Connection& connection);
  void schedule_room(Connection& connection);
  std::unique_ptr<HttpExchange> take_exchange();
  void give_exchange(std::unique_ptr<HttpExchange> exchange);
  void on_closed(Connection& connection);

 private:
  // Work given to the loop finds the set through its anchor, and nothing when the set is gone.
  struct Anchor {
    ConnectionSet* set;
  };

  std::unique_ptr<Connection> take_connection();
  void turn_away(UniqueFd socket, std::string_view peer, const Refusal& refusal);
  Connection* open(std::unique_ptr<Connection> connection, UniqueFd socket, std::string_view peer);
  void flush_scheduled();
  void give_room();
  void sweep();
  void cut_heaviest();
  void tell_if_empty();

  Loop& loop_;
  Router& router_;
  const HttpLimits limits_;
  const HostCheck host_check_;
  HttpCounters& counters_;
  std::shared_ptr<ConnectionQuota> quota_;
  TcpBuffers buffers_;
  DateLine date_;
  Timer sweeper_;

  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> idle_connections_;
  std::vector<std::unique_ptr<HttpExchange>> idle_exchanges_;
  std::vector<Connection*> to_flush_;
  std::vector<Connection*> flushing_;
  std::vector<Connection*> to_give_room_;
  int turned_away_ = 0;  // of connections_
  bool draining_ = false;
  std::function<void()> on_empty_;
  bool turn_end_asked_ = false;
  std::shared_ptr<Anchor> anchor_;
};

}  // namespace sojourn
