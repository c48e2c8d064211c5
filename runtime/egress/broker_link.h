// The BrokerLink is the gateway's end of the socket to the broker: asks for connections and hears of their ends.
//
// Thread: the home loop.
// Owner:  Runtime. It outlives whoever asked.
// Errors: without a broker, or when it goes, every question is answered without a reply, and every connection has
// ended.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "runtime/base/unique_fd.h"
#include "runtime/egress/broker_message.h"
#include "runtime/loop/loop.h"

namespace sojourn {

// Whether the function is sent a 32-bit 0 before the first byte of the connection, and so learns that there is one.
enum class Announce { kNo, kYes };

// What to connect to, as the manifest says it.
struct Destination {
  std::string host;
  std::uint16_t port = 0;
  bool is_private = false;
  Announce announce = Announce::kNo;
};

// How an attempt ended: an outcome of the broker, or nobody was there to ask.
struct OpenResult {
  std::optional<OpenReply> reply;  // none: there is no broker

  bool ok() const { return reply && reply->outcome == OpenOutcome::kOpened; }
};

// For people: "10.0.0.1 is a private address; the manifest must say `private: true`".
std::string text_of(const OpenResult& result);

class BrokerLink {
 public:
  using Opened = std::function<void(const OpenResult& result)>;
  using Ended = std::function<void(std::uint64_t sent, std::uint64_t received)>;  // bytes

  explicit BrokerLink(Loop& loop) : loop_(loop) {}
  ~BrokerLink();

  // Replaces the link.
  void attach(UniqueFd link);

  // Joins `function` with a connection. `opened` is called once, in a later turn; `ended` once after an `opened` that
  // was ok. When the broker goes its connections end uncounted.
  void open(const Destination& destination, UniqueFd function, Opened opened, Ended ended);

 private:
  struct Connection {
    Opened opened;  // empty once it was called
    Ended ended;
  };
  struct Message {
    OpenRequest request;
    UniqueFd function;
  };

  void on_ready(int ready);
  bool read_one();
  void on_opened(const OpenReply& reply);
  void on_ended(const EndReport& report);
  void flush();
  void end();

  Loop& loop_;
  UniqueFd link_;
  std::optional<FdWatcher> watcher_;
  std::uint64_t next_id_ = 1;
  std::unordered_map<std::uint64_t, Connection> connections_;
  std::deque<Message> unsent_;
};

}  // namespace sojourn
