#include "gateway/serial_thread.h"

#include <csignal>
#include <utility>

namespace sojourn {

SerialThread::SerialThread() {
  // The process's signals are for its loops.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { work(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SerialThread::~SerialThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Status SerialThread::run(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kSerialWaitingMax) {
      return Error(ErrorCode::kNoCapacity, "the store has " + std::to_string(kSerialWaitingMax) +
                                               " changes waiting, the most it takes; try again");
    }
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return {};
}

void SerialThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto piece = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    piece();
    lock.lock();
  }
}

}  // namespace sojourn
