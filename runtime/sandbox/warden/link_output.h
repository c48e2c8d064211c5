// What the warden has yet to say on its link. Sending never waits: what the gateway does not take now is kept, and
// goes when the link is writable again.
//
// Thread: the warden's only thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "runtime/base/unique_fd.h"

namespace sojourn {

class LinkOutput {
 public:
  explicit LinkOutput(int link) : link_(link) {}

  // Sends a message, with two descriptors if they are given.
  template <class Message>
  void send(const Message& message, UniqueFd first = {}, UniqueFd second = {}) {
    waiting_.push_back(
        {{reinterpret_cast<const char*>(&message), sizeof message}, std::move(first), std::move(second)});
    flush();
  }
  void flush();
  bool waits() const { return !waiting_.empty(); }

 private:
  struct Packet {
    std::string bytes;
    UniqueFd first;
    UniqueFd second;
  };
  bool send_one(const Packet& packet);

  const int link_;
  std::deque<Packet> waiting_;  // bounded by the templates there can be
};

}  // namespace sojourn
