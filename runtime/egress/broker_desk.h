// The BrokerDesk is what the broker does, without the process around it: takes requests from the link, has them
// connected, and keeps the relays.
//
// Bounds:  kOpeningMax connections being made and kConnectionsMax made, kLookupsMax of one name being resolved, those
//          counted that nobody waits for any more; one more is answered kTooMany.
// Thread:  its loop.
// Owner:   run_broker, or a test.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "runtime/base/unique_fd.h"
#include "runtime/egress/connector.h"
#include "runtime/egress/relay.h"
#include "runtime/loop/loop.h"

namespace sojourn {

class BrokerDesk {
 public:
  // `on_end`: the link has ended.
  BrokerDesk(Loop& loop, UniqueFd link, PrivateAddresses permission, Resolve resolve, std::function<void()> on_end);

  static constexpr std::size_t kOpeningMax = 1024;
  static constexpr int kLookupsMax = 16;
  static constexpr std::size_t kConnectionsMax = 4096;

 private:
  struct Opening {
    UniqueFd function;
    bool announce = false;
    std::unique_ptr<Connector> connector;
  };

  void on_link(int ready);
  void on_request(const OpenRequest& request, UniqueFd function);
  void refuse(std::uint64_t id);
  Resolve counted(const std::string& host);
  void on_connected(const OpenReply& reply, UniqueFd socket);
  void on_relay_end(std::uint64_t id);
  void look();
  void send(std::string message);
  void flush();

  Loop& loop_;
  UniqueFd link_;
  const PrivateAddresses permission_;
  const Resolve resolve_;
  const std::function<void()> on_end_;
  FdWatcher watcher_;
  Timer look_;
  std::map<std::uint64_t, Opening> opening_;
  std::shared_ptr<std::map<std::string, int>> lookups_ = std::make_shared<std::map<std::string, int>>();
  std::map<std::uint64_t, std::unique_ptr<Relay>> relays_;
  std::deque<std::string> unsent_;  // bounded by what can be open: one message for each
};

}  // namespace sojourn
