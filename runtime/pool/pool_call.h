// A PoolCall is a call as the pools see it: something that an instance can carry, with its place in the queue.
//
// Thread:    the call's loop.
// Ownership: borrowed by a LoopPool from place() until the call ended or withdraw() gave it back.
#pragma once

#include <chrono>

#include "runtime/sandbox/host/instance_call.h"

namespace sojourn {

class Instance;
class LoopPool;

class PoolCall : public InstanceCall {
 public:
  // Ends the call before any instance began it. Like every end it never comes from inside place().
  virtual void on_call_refused(const Error& error, std::chrono::milliseconds retry_after) = 0;

 protected:
  ~PoolCall() = default;

 private:
  friend class LoopPool;
  friend class CallQueue;
  PoolCall* next_ = nullptr;
  PoolCall* previous_ = nullptr;
  bool queued_ = false;
  int lost_ = 0;  // instances that died before they began it

 public:
  // Of the pool that has the call.
  Instance* instance = nullptr;  // that has it
  bool abandoned = false;        // nobody waits for it
  bool nested = false;           // an instance waits for it: it is refused rather than queued behind itself
  MonotonicTime placed_at{};
  std::chrono::nanoseconds made_for{0};  // how much of the wait was for an instance to be made
};

// First in, first out; any call can be taken out of the middle.
class CallQueue {
 public:
  bool empty() const { return first_ == nullptr; }
  std::size_t size() const { return size_; }
  PoolCall* front() const { return first_; }
  static PoolCall* after(const PoolCall& call) { return call.next_; }

  void push_back(PoolCall& call) {
    call.previous_ = last_;
    call.next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = &call;
    last_ = &call;
    call.queued_ = true;
    ++size_;
  }
  void push_front(PoolCall& call) {
    call.next_ = first_;
    call.previous_ = nullptr;
    (first_ != nullptr ? first_->previous_ : last_) = &call;
    first_ = &call;
    call.queued_ = true;
    ++size_;
  }
  void remove(PoolCall& call) {
    (call.previous_ != nullptr ? call.previous_->next_ : first_) = call.next_;
    (call.next_ != nullptr ? call.next_->previous_ : last_) = call.previous_;
    call.next_ = call.previous_ = nullptr;
    call.queued_ = false;
    --size_;
  }

 private:
  PoolCall* first_ = nullptr;
  PoolCall* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sojourn
