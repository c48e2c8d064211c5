// A RunningCall is something under way for a Caller: a request inside a sandbox, or the passage of a guard around one.
// A CallHandle holds it; whoever keeps the handle waits for the answer.
//
// Thread: the loop on which it was started.
// Owner:  itself, or the loop; the handle only says whether somebody waits.
#pragma once

#include <cstddef>
#include <utility>

namespace sojourn {

class RunningCall {
 public:
  // Nobody waits any more: what has not begun is taken back, what runs sees cancelled() and is not killed before its
  // deadline, and the Caller hears nothing more. Called once, also after the answer came.
  virtual void drop() = 0;
  // `bytes` of on_stream_chunk were passed on: there is room for so many again.
  virtual void consumed(std::size_t bytes) = 0;

 protected:
  ~RunningCall() = default;
};

// A running call, as its Caller holds it. Dropping it drops the call.
class CallHandle {
 public:
  CallHandle() = default;
  explicit CallHandle(RunningCall* call) : call_(call) {}
  CallHandle(CallHandle&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  CallHandle& operator=(CallHandle&& other) noexcept {
    if (this != &other) {
      reset();
      call_ = std::exchange(other.call_, nullptr);
    }
    return *this;
  }
  ~CallHandle() { reset(); }

  explicit operator bool() const { return call_ != nullptr; }
  void consumed(std::size_t bytes) {
    if (call_ != nullptr) call_->consumed(bytes);
  }
  void reset() {
    if (call_ != nullptr) std::exchange(call_, nullptr)->drop();
  }

 private:
  RunningCall* call_ = nullptr;
};

}  // namespace sojourn
