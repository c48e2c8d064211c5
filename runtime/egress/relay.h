// A Relay joins two stream sockets: what comes from one goes to the other, each way at the pace of who reads. The end
// of file of one side is passed on alone, so that a protocol may close half; a side that is closed for good ends both.
//
// Bounds: at most kPieceMax bytes a direction wait in memory. What a function sent before it ended still goes out, for
//         kLingerMax.
// Thread: the broker's loop.
// Owner:  the Broker, which calls look() once a second; `ended` is called once, and may drop the relay.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/base/unique_fd.h"
#include "runtime/loop/loop.h"

namespace sojourn {

class Relay {
 public:
  // `function` and `remote` do not block.
  Relay(Loop& loop, UniqueFd function, UniqueFd remote, std::function<void()> ended);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::uint64_t sent() const { return to_remote_.moved; }        // bytes from the function
  std::uint64_t received() const { return to_function_.moved; }  // bytes to the function

  // Notices what no event tells: a function that went while its side was not being read.
  void look();

  static constexpr std::size_t kPieceMax = 64 * 1024;  // bytes
  static constexpr std::chrono::seconds kLingerMax{5};

 private:
  struct Way {
    int from;
    int to;
    std::string waiting;      // read, not yet written
    std::uint64_t moved = 0;  // bytes
    bool ended = false;       // end of file was read
    bool closed = false;      // and passed on
  };

  void on_ready();
  bool pump(Way& way);
  bool flush(Way& way);
  bool function_is_gone() const;
  void leave();
  void watch();
  void end();

  UniqueFd function_;
  UniqueFd remote_;
  Way to_remote_;
  Way to_function_;
  FdWatcher function_watcher_;
  FdWatcher remote_watcher_;
  std::function<void()> ended_;
  bool leaving_ = false;  // the function is gone: only what it sent still goes out
  MonotonicTime linger_until_ = MonotonicTime::max();
};

}  // namespace sojourn
