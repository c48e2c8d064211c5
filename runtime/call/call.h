// A Call is one request on its way: encoded once, placed in a pool, carried by an instance, answered to its Caller. It
// belongs to two: to whoever holds its CallHandle, and to the pool until it ended; when both are done its memory waits
// for the next call of the loop.
//
// Thread:  the loop that started it.
// Owner:   the CallSide of that loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/call/caller.h"
#include "runtime/call/running_call.h"
#include "runtime/pool/loop_pool.h"
#include "runtime/pool/pool_call.h"
#include "runtime/pool/version_pool.h"

namespace sojourn {

class CallSide;

class Call final : public PoolCall, public RunningCall {
 public:
  explicit Call(CallSide& side) : side_(side) {}

  // Begins it; it is held by a handle from here on.
  void start(VersionPool& version, LoopPool& pool, const RequestView& request, std::chrono::nanoseconds timeout,
             Caller& caller);
  // Begins and fails it.
  void refuse(VersionPool& version, LoopPool& pool, Caller& caller, const Error& error);

  void drop() override;
  void consumed(std::size_t bytes) override;

  std::string_view call_id() const override;
  void on_call_reply(const ParsedReply& reply) override;
  void on_call_error(const ReportedError& error) override;
  void on_call_failed(const Error& error) override;
  void on_call_refused(const Error& error, std::chrono::milliseconds retry_after) override;
  void on_call_stream_begin(const ParsedReply& head) override;
  void on_call_stream_chunk(std::string_view chunk) override;
  void on_call_stream_end(const std::optional<Error>& broken) override;

 private:
  friend class CallSide;
  enum class State {
    kFree,     // waits for the next use
    kRunning,  // with the pool or an instance
    kEnding,   // its Caller is being told
    kEnded,    // the handle is still held
  };

  void begin(VersionPool& version, LoopPool& pool, Caller& caller);
  void fail(const CallFailure& failure);
  void end();
  CallTimes times() const;
  void log_fault(std::string_view type, std::string_view message) const;

  CallSide& side_;
  VersionPool* version_ = nullptr;
  LoopPool* pool_ = nullptr;
  Caller* caller_ = nullptr;
  State state_ = State::kFree;
  bool held_ = false;
  bool began_stream_ = false;
};

// What the calls of one loop share: their memory, and a short way from a version to its pool.
class CallSide {
 public:
  explicit CallSide(std::size_t index) : index_(index) {}

  Call& take();
  void give_back(Call& call);

  std::size_t index() const { return index_; }
  int running() const { return running_.load(std::memory_order_relaxed); }  // any thread

  // The pool that the version had the last time, or nullptr.
  VersionPool* known(const Version* version) const;
  void remember(const VersionPtr& version, std::shared_ptr<VersionPool> pool);
  void forget(const VersionPool& pool);

  static constexpr std::size_t kFreeMax = 1024;  // calls

 private:
  friend class Call;
  struct Known {
    VersionPtr version;  // held, so that its address names nothing else
    std::shared_ptr<VersionPool> pool;
  };

  const std::size_t index_;
  std::vector<std::unique_ptr<Call>> all_;
  std::vector<Call*> free_;
  std::unordered_map<const Version*, Known> known_;
  mutable const Version* last_version_ = nullptr;
  mutable VersionPool* last_pool_ = nullptr;
  std::atomic<int> running_{0};
};

}  // namespace sojourn
