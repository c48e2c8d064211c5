// What the warden has yet to say on its link. Sending never waits: what the gateway does not take now is kept, and
// goes when the link is writable again.
//
// Thread: the warden's only thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/unique_fd.h"

namespace sojourn {

class LinkOutput {
 public:
  explicit LinkOutput(int link) : link_(link) {}

  // Sends a message with descriptors, at most kDescriptorsMax.
  template <class Message>
  void send(const Message& message, std::vector<UniqueFd> descriptors = {}) {
    waiting_.push_back({{reinterpret_cast<const char*>(&message), sizeof message}, std::move(descriptors)});
    flush();
  }
  static constexpr std::size_t kDescriptorsMax = 8;
  void flush();
  bool waits() const { return !waiting_.empty(); }

 private:
  struct Packet {
    std::string bytes;
    std::vector<UniqueFd> descriptors;
  };
  bool send_one(const Packet& packet);

  const int link_;
  std::deque<Packet> waiting_;  // bounded by the templates there can be
};

}  // namespace sojourn
