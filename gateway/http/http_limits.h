// HttpLimits are the bounds within which a client has to stay. Each is named in the reply that refuses what lies beyond
// it, so that a person can tell which one was met.
//
// Thread: a value; copied into the server at its start.
#pragma once

#include <chrono>
#include <cstddef>

namespace sojourn {

struct HttpLimits {
  std::size_t head_bytes_max = 16 * 1024;            // request line and fields together; 431 beyond. REQUIRES: <= 65535
  std::size_t target_bytes_max = 8 * 1024;           // 414 beyond
  std::size_t fields_max = 100;                      // 431 beyond. REQUIRES: <= 100
  std::size_t body_bytes_max = 6 * 1024 * 1024;      // unless the route says otherwise; 413 beyond
  std::size_t chunk_extension_bytes_max = 4 * 1024;  // of a whole body; 400 beyond
  std::size_t trailer_bytes_max = 16 * 1024;         // 400 beyond
  std::size_t discard_bytes_max = 64 * 1024;         // an unwanted body is read to its end up to here, else we close
  std::size_t pipelined_max = 8;                     // requests in flight on a connection. REQUIRES: 1..8
  std::size_t pipelined_body_bytes_max = 1024 * 1024;  // bodies held in flight before the next head is read
  // Bodies that come in and replies that wait for their client, over all connections of a loop. Beyond it the
  // connections that hold most are closed, within half a second: many slow clients must not cost more memory than that.
  std::size_t held_bytes_max = 1024u * 1024 * 1024;
  std::size_t stream_window_bytes = 256 * 1024;  // of a streamed body, given to its responder and not yet consumed

  int connections_max = 10'000;  // all loops together
  int connections_per_address_max = 256;
  int turned_away_max = 128;  // connections beyond those limits that get a reply; more are closed at once

  std::chrono::milliseconds head_within{10'000};      // from its first byte to its last; 408 beyond
  std::chrono::milliseconds progress_within{10'000};  // of a body coming in (408) or a reply going out (close)
  std::size_t bytes_per_second_min = 1024;            // measured over progress_within; the same consequences
  std::chrono::milliseconds keep_alive{30'000};       // between two requests; then a silent close
  std::chrono::milliseconds linger{2'000};            // how long a closed reply may still be read by the client
};

// Whether the Host field must name this machine's loopback. A page of a foreign site whose name was made to resolve to
// 127.0.0.1 (DNS rebinding) comes with its own Host, and is answered 421.
enum class HostCheck { kAny, kLoopbackOnly };

}  // namespace sojourn
