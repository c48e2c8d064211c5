// A CallSide is what the calls of one loop share: their memory, which is used again, a short way from a version to its
// pool, and the look at calls of chains whose deadline passed while nobody's instance had them.
//
// Thread: its loop, but for running().
// Owner:  Runtime.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/call/call.h"
#include "runtime/call/chain.h"
#include "runtime/call/chain_run.h"
#include "runtime/call/late_answer.h"
#include "runtime/pool/alarm.h"
#include "runtime/pool/version_pool.h"

namespace sojourn {

class EventKeeper;
class StateKeeper;

// What calls need of the Runtime. Any loop.
class CallHost {
 public:
  virtual CallHandle run_link(CallSide& side, LinkPlace place, const RequestView& request, Caller& caller) = 0;
  virtual Result<ChainPtr> resolve(std::string_view reference) = 0;
  virtual StateKeeper* keeper() = 0;  // or nullptr
  virtual EventKeeper* events() = 0;  // or nullptr

 protected:
  ~CallHost() = default;
};

// Objects of one kind that are used again; they live as long as this.
template <class T>
class Shelf {
 public:
  template <class... Arguments>
  T& take(Arguments&... arguments) {
    if (free_.empty()) {
      all_.push_back(std::make_unique<T>(arguments...));
      free_.push_back(all_.back().get());
    }
    T* const taken = free_.back();
    free_.pop_back();
    return *taken;
  }
  void put(T& object) { free_.push_back(&object); }

 private:
  std::vector<std::unique_ptr<T>> all_;
  std::vector<T*> free_;
};

class CallSide {
 public:
  CallSide(CallHost& host, Loop& loop, std::size_t index);

  CallHost& host() const { return host_; }
  Loop& loop() const { return loop_; }
  std::size_t index() const { return index_; }
  int running() const { return running_.load(std::memory_order_relaxed); }  // any thread

  Call& take() { return calls_.take(*this); }
  ChainRun& take_run() { return runs_.take(*this); }
  void give_back(Call& call);
  void give_back(ChainRun& run) { runs_.put(run); }
  void give_back(LateAnswer& answer) { answers_.put(answer); }

  CallHandle answer_later(ChainRun& run, const ReplyView& reply, Caller& caller);
  CallHandle refuse_later(ChainRun& run, CallFailure failure, Caller& caller);

  // The pool that the version had the last time, or nullptr.
  VersionPool* known(const Version* version) const;
  void remember(const VersionPtr& version, std::shared_ptr<VersionPool> pool);
  void forget(const VersionPool& pool);

  // Fields of one message, used again by the next: valid until another call takes them.
  std::vector<HeaderField>& fields() {
    fields_.clear();
    return fields_;
  }

 private:
  friend class Call;
  struct Known {
    VersionPtr version;  // held, so that its address names nothing else
    std::shared_ptr<VersionPool> pool;
  };

  // Calls of chains, from their beginning to their end.
  void watch(Call& call);
  void unwatch(Call& call);
  void sweep();

  CallHost& host_;
  Loop& loop_;
  const std::size_t index_;
  Shelf<Call> calls_;
  Shelf<ChainRun> runs_;
  Shelf<LateAnswer> answers_;
  std::vector<HeaderField> fields_;
  Call* watched_ = nullptr;  // the first of a list
  Alarm alarm_;
  std::unordered_map<const Version*, Known> known_;
  mutable const Version* last_version_ = nullptr;
  mutable VersionPool* last_pool_ = nullptr;
  std::atomic<int> running_{0};
};

}  // namespace sojourn
