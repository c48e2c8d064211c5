// HttpStats counts what passed through a server. HttpCounters are the same numbers while they grow: one thread writes,
// any may read; so an increment needs no locked instruction.
//
// Thread: HttpStats is a value. HttpCounters: written by the server's loop, read by any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "runtime/base/error.h"

namespace sojourn {

inline constexpr std::size_t kErrorCodes = static_cast<std::size_t>(ErrorCode::kLoopDetected) + 1;

struct HttpStats {
  std::uint64_t accepted = 0;  // connections
  std::uint64_t open = 0;      // connections now
  std::uint64_t requests = 0;  // heads that passed every check
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t over_connections = 0;  // turned away: connections_max
  std::uint64_t over_address = 0;      // turned away: connections_per_address_max
  std::uint64_t cut = 0;               // closed: held_bytes_max
  std::uint64_t shed = 0;              // closed unanswered: no descriptor was free
  // Requests refused by the server itself, by code: malformed, too large, too slow …
  std::array<std::uint64_t, kErrorCodes> refused{};

  std::uint64_t refused_as(ErrorCode code) const { return refused[static_cast<std::size_t>(code)]; }
};

class HttpCounters {
 public:
  class Counter {
   public:
    void add(std::uint64_t n) { value_.store(get() + n, std::memory_order_relaxed); }
    void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

   private:
    std::atomic<std::uint64_t> value_{0};
  };

  Counter accepted, open, requests, bytes_in, bytes_out, over_connections, over_address, cut, shed;
  std::array<Counter, kErrorCodes> refused;

  HttpStats snapshot() const {
    HttpStats stats{accepted.get(),         open.get(),         requests.get(), bytes_in.get(), bytes_out.get(),
                    over_connections.get(), over_address.get(), cut.get(),      shed.get(),     {}};
    for (std::size_t i = 0; i < kErrorCodes; ++i) stats.refused[i] = refused[i].get();
    return stats;
  }
};

}  // namespace sojourn
