// A Connector makes one outgoing connection: resolves the name once, looks at each address, and connects to the first
// that may be reached and answers: to that very socket address, never to the name again.
//
// Thread: the broker's loop.
// Owner:  the Broker. It may be dropped at any time before `done`, also from inside it.
// Errors: the reply's outcome. `done` is called once, in a later turn.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "runtime/base/address_rules.h"
#include "runtime/base/unique_fd.h"
#include "runtime/egress/broker_message.h"
#include "runtime/egress/resolver.h"
#include "runtime/loop/loop.h"

namespace sojourn {

// Whether this server permits what a manifest marks as private.
enum class PrivateAddresses { kDenied, kPermitted };

class Connector {
 public:
  // The socket is connected and does not block; it is empty unless the outcome is kOpened.
  using Done = std::function<void(const OpenReply& reply, UniqueFd socket)>;

  Connector(Loop& loop, const OpenRequest& request, PrivateAddresses permission, Resolve resolve, Done done);
  ~Connector();
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  static constexpr std::chrono::seconds kOpenMax{5};  // from the request to the connection, the name included

 private:
  struct Lookup {
    Resolution resolution;
  };

  void on_resolved(Resolution resolution);
  void try_next();
  bool begin(const sockaddr_storage& address);
  void on_writable();
  void finish(OpenOutcome outcome, UniqueFd socket = {});
  OpenOutcome judge(const sockaddr_storage& address);

  Loop& loop_;
  const std::string host_;
  const PrivateAddresses permission_;
  const bool wants_private_;
  const bool is_literal_;
  Done done_;
  OpenReply reply_{};
  OpenOutcome last_ = OpenOutcome::kUnresolved;
  std::vector<sockaddr_storage> addresses_;
  std::size_t next_ = 0;
  UniqueFd socket_;
  std::optional<FdWatcher> watcher_;
  Timer limit_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sojourn
