// TCP on a loop: a TcpListener hands out accepted sockets, a TcpConnection carries one conversation over such a socket.
//
// A connection first tries to write at once, and only what the kernel does not take is copied and waits. It knows
// half-close: the end of the peer's bytes is an event, not the end of the connection.
//
// SIGPIPE is ignored from the first connection on: writing to a peer that is gone is an event, not a death.
//
// Thread:  the loop's.
// Owner:   the object whose conversation it is, which is also its Events and outlives it. Both may be dropped at any
//          time but not from inside one of their own events (close() is allowed there).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/loop/loop.h"

namespace sojourn {

class TcpListener {
 public:
  class Events {
   public:
    // `peer` is the address without port; it lives until the method returns.
    virtual void on_connection(UniqueFd socket, std::string_view peer) = 0;
    // A connection was closed unanswered, since the process has no descriptor left.
    virtual void on_shed() = 0;

   protected:
    ~Events() = default;
  };

  // `listening` is bound and listens. When descriptors run out, a reserve is spent to accept and close what waits;
  // should that fail too, accepting pauses for kBackOff. Neither spins.
  TcpListener(Loop& loop, UniqueFd listening, Events& events);

  static constexpr std::chrono::milliseconds kBackOff{100};

 private:
  void accept_waiting();
  bool shed_one();
  void back_off();

  Events& events_;
  UniqueFd listening_;
  UniqueFd reserve_;
  FdWatcher watcher_;
  Timer pause_;
};

// The memory that the connections of a loop share. Every read arrives in one buffer, since it is dealt with before the
// next one begins. Large strings (a write that waits, a body) are lent and taken back, as to have them anew from the
// kernel costs more than to fill them: 256 page faults for 1 MiB.
class TcpBuffers {
 public:
  static constexpr std::size_t kReadBytes = 64 * 1024;
  static constexpr std::size_t kLargeBytes = 64 * 1024;            // smaller strings are not worth the trouble
  static constexpr std::size_t kSpareBytesMax = 16 * 1024 * 1024;  // kept; more is freed

  std::span<char> read_bytes() { return {read_bytes_.get(), kReadBytes}; }
  std::string lend();                   // empty, with whatever capacity is at hand
  void take_back(std::string&& large);  // any string
  std::size_t spare_bytes() const { return spare_bytes_; }

 private:
  std::unique_ptr<char[]> read_bytes_ = std::make_unique<char[]>(kReadBytes);
  std::vector<std::string> spare_;
  std::size_t spare_bytes_ = 0;
};

class TcpConnection {
 public:
  class Events {
   public:
    virtual void on_bytes(std::span<char> bytes) = 0;  // in the read buffer: may be changed, lives until it returns
    virtual void on_end() = 0;                         // the peer sends no more; it may still read
    virtual void on_written() = 0;                     // all that waited was taken by the kernel
    virtual void on_broken() = 0;                      // reset or failed: nothing can be sent any more
    virtual void on_closed() = 0;                      // after close(): the object may be opened again

   protected:
    ~Events() = default;
  };

  TcpConnection(Loop& loop, TcpBuffers& buffers, Events& events);
  ~TcpConnection();
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  // Takes a connected socket. After a failure on_closed follows. REQUIRES: new, or on_closed came.
  Status open(UniqueFd socket);
  void start_reading();
  void stop_reading();

  // Sends both, one after the other, with one system call. False: broken, to be closed. REQUIRES: unsent() == 0.
  [[nodiscard]] bool write(std::string_view first, std::string_view second = {});
  std::size_t unsent() const;   // bytes that wait for room in the kernel
  std::size_t untaken() const;  // those and the ones in the kernel that the peer has not acknowledged. A system call

  void shut_down();  // sends FIN after what waits; reading goes on
  void close();      // at once; what waits is lost. on_closed follows in a later phase of the turn
  void reset();      // as close(), but the peer sees a reset: it cannot take what it got for the whole
  bool is_open() const;

 private:
  struct Handle;

  Loop& loop_;
  TcpBuffers& buffers_;
  Events& events_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace sojourn
