#include "gateway/serial_thread.h"

#include <utility>

#include "runtime/base/signals_blocked.h"

namespace sojourn {

SerialThread::SerialThread() {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { work(); });
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
