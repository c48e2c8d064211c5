// A SerialThread does work that blocks for the disk, one piece after another, on a thread of its own: what it does is
// in one order, and no loop waits for it.
//
// Thread: run() any. The work runs on the serial thread and posts its outcome to where it is wanted itself.
// Bound:  kSerialWaitingMax pieces wait; run() refuses the next with kNoCapacity.
// Stop:   the destructor lets what was accepted finish.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kSerialWaitingMax = 256;

class SerialThread {
 public:
  SerialThread();
  ~SerialThread();
  SerialThread(const SerialThread&) = delete;
  SerialThread& operator=(const SerialThread&) = delete;

  Status run(std::function<void()> work);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sojourn
