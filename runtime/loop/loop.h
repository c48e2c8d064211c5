// A Loop runs callbacks on one thread: ready descriptors, timers, posted functions. One loop per worker thread; what
// was made on a loop lives, is used and dies on it.
//
// Thread:  everything but post() is for the loop's own thread and asserts it. Until run() the loop belongs to the
//          thread that made it.
// Owner:   main. A loop outlives everything that was made on it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/base/clock.h"

struct uv_loop_s;

namespace sojourn {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(); then closes what is left.
  void run();
  void stop();

  // Calls `work` on the loop's thread in a later turn. Any thread. Work posted after stop() is dropped unrun.
  void post(std::function<void()> work);

  // Runs `work` on a thread of libuv's pool (4 threads), then `done` on the loop.
  void run_blocking(std::function<void()> work, std::function<void()> done);

  // Calls `work` once, at the end of this turn, after every ready descriptor was handled: where output that was
  // gathered in the turn is written. Cheap; may be called from such a work again (it then runs before the loop sleeps).
  void at_turn_end(std::function<void()> work);

  // The time this turn began; cheap, for timers and statistics that need no better.
  MonotonicTime now() const;

  bool on_loop_thread() const;
  uv_loop_s* raw();  // for the classes of this folder

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Calls a function once, or again and again. Dropping the timer stops it, also from inside its own callback.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Replaces what was set. Resolution is 1 ms; a zero delay fires in the next turn.
  void start(std::chrono::milliseconds delay, std::function<void()> on_fire);
  void repeat(std::chrono::milliseconds every, std::function<void()> on_fire);
  void stop();
  bool active() const;

 private:
  struct Handle;
  Handle* handle_;
};

// Tells when a descriptor can be read or written. Borrows the descriptor, which must stay open until the watcher is
// stopped or dropped. Dropping it is allowed inside its own callback.
class FdWatcher {
 public:
  enum Interest : int { kReadable = 1, kWritable = 2 };

  FdWatcher(Loop& loop, int fd);
  ~FdWatcher();
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  // `on_ready` gets the Interest bits that are ready; an error or hang-up counts as both. Calling watch again only
  // changes the interest when the callback is empty, and costs nothing when it is the same. After an error the watcher
  // has stopped: who expects more than the error watches again.
  void watch(int interest, std::function<void(int ready)> on_ready = {});
  void stop();

 private:
  struct Handle;
  Handle* handle_;
};

// Calls a function on the loop when the process gets the signal.
class SignalWatcher {
 public:
  SignalWatcher(Loop& loop, int signal, std::function<void()> on_signal);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  struct Handle;
  Handle* handle_;
};

}  // namespace sojourn
