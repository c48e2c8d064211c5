// The ExchangeQueue holds the requests of a connection that are in flight, oldest first: the order of the replies.
//
// Thread: a value; the connection's loop.
// Owner:  the connection.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <memory>

#include "gateway/http/http_exchange.h"

namespace sojourn {

class ExchangeQueue {
 public:
  static constexpr std::size_t kSlots = 16;  // a power of two, above the requests in flight and one refusal

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  HttpExchange& oldest() const { return at(0); }          // REQUIRES: not empty
  HttpExchange& newest() const { return at(size_ - 1); }  // REQUIRES: not empty

  HttpExchange& push(std::unique_ptr<HttpExchange> exchange) {
    assert(size_ < kSlots);
    std::unique_ptr<HttpExchange>& slot = slots_[(first_ + size_++) % kSlots];
    slot = std::move(exchange);
    return *slot;
  }
  std::unique_ptr<HttpExchange> pop() {
    assert(size_ > 0);
    --size_;
    return std::move(slots_[first_++ % kSlots]);
  }

  // Bytes of bodies that it holds in memory.
  std::size_t gathered_bytes() const {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < size_; ++i) bytes += at(i).gathered_bytes();
    return bytes;
  }

  // Bytes of replies that wait for their turn.
  std::size_t waiting_bytes() const {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < size_; ++i) bytes += at(i).held().size();
    return bytes;
  }

 private:
  HttpExchange& at(std::size_t i) const { return *slots_[(first_ + i) % kSlots]; }

  std::array<std::unique_ptr<HttpExchange>, kSlots> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sojourn
