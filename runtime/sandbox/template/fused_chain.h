// FusedChain runs a call through the objects of a template: each fused link is entered with a FusedCall, and its `next`
// is a call of the next entry, in this process and on this stack. Without fused links the function's entry is called as
// if the chain were not there.
//
// Who answers: the outermost link answers the call itself. What an inner one answers is kept in memory for the link
// around it; a streamed answer is collected whole first, up to replyLimit, and its trailers are left out.
//
// Failures: an inner link that fails is a response for the link around it, as it is between separate links: its own
// status and text, or 500 or 502 with x-sojourn-error. A link that hands exactly that response on hands on the failure
// itself, so that the client sees what it would see without the link. A fault that a link answers with something else
// is logged with the name of who failed. Nothing may unwind out of an entry: that ends the instance, as without a
// chain.
//
// Identity: name, version, env, secrets, state, leases, calls and every limit are the function's. Only `with` is a
// link's own, and a link's log lines carry its name.
//
// Thread: the instance's main thread; log and cancelled of a FusedCall any.
// Owner:  serve(), for the life of the process.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "runtime/sandbox/template/fused_reply.h"
#include "runtime/sandbox/template/host_call.h"
#include "runtime/sandbox/template/module.h"
#include "runtime/sandbox/template/stem_report.h"

namespace sojourn {

class FusedChain;

// A call as one link of the chain sees it.
class FusedCall final : public sj_call {
 public:
  FusedCall() = default;

  void log(int level, sj_bytes text, sj_fields more) noexcept override;
  int value(int what, sj_bytes key, sj_bytes* out) noexcept override;
  int64_t time_left_ns() const noexcept override;
  int cancelled() noexcept override;
  int reply(const sj_response& response) noexcept override;
  int fail(const sj_failure& failure) noexcept override;
  int begin(const sj_response& head) noexcept override;
  int write(sj_bytes chunk) noexcept override;
  int end(sj_fields trailers) noexcept override;
  int next(const sj_request& request, const sj_response** out) noexcept override;
  int call(sj_bytes function, const sj_request& request, const sj_response** out) noexcept override;
  int emit(sj_fields attributes, sj_bytes data) noexcept override;
  int enqueue(sj_bytes queue, sj_fields attributes, sj_bytes data) noexcept override;
  int state(int operation, sj_bytes key, sj_bytes value, int64_t ttl_ms, uint64_t* revision,
            sj_bytes* out) noexcept override;
  int lease(sj_bytes name, int64_t ttl_ms, uint64_t* fence) noexcept override;
  int connect(sj_bytes name) noexcept override;
  int read(sj_bytes* chunk) noexcept override;

 private:
  friend class FusedChain;
  enum class Answer {
    kHook,       // START or STOP: nothing can be answered
    kOpen,       // nothing was said
    kStreaming,  // begin was, end was not
    kComplete,
  };

  bool is_outermost() const { return index_ == 0; }
  void open(Answer answer);
  void close(int result);
  int after_keeping(FusedReply::Kept kept, std::uint64_t size);
  void fail_with(std::uint32_t marks, std::string_view message);
  void keep_failure(const sj_failure& failure);

  FusedChain* chain_ = nullptr;
  std::size_t index_ = 0;
  Answer answer_ = Answer::kHook;
  bool runs_ = false;        // its entry has been called and has not returned
  bool called_out_ = false;  // its last result is of a call to another function, which may be a stream
  bool failed_ = false;      // its reply says the chain's failure, which nobody has heard of yet
  FusedReply reply_;
};

class FusedChain {
 public:
  // `base` is the call as it came; `at` is told which link is in user code: 1 + its index, 0 for none.
  FusedChain(const Module& module, sj_call& base, std::atomic<std::uint32_t>& at);
  FusedChain(const FusedChain&) = delete;
  FusedChain& operator=(const FusedChain&) = delete;

  void set_reply_limit(std::uint64_t bytes) { reply_limit_ = bytes; }

  // SOJOURN_START of every object. Not SJ_OK: one failed; `name` is its, or empty where nothing is fused.
  int start(std::string& name);
  // What the outermost entry returned.
  int run(const sj_request& request);
  // SOJOURN_STOP of every object.
  void stop();

 private:
  friend class FusedCall;
  struct Failure {
    std::int32_t status = 0;
    std::uint32_t flags = 0;
    std::int64_t retry_ms = 0;
    std::string type;
    std::string message;
  };

  int next(std::size_t from, const sj_request& request, const sj_response** out);
  bool is_failure_of(std::size_t index, const sj_response& response) const;
  sj_failure failure() const;
  void settle(std::size_t index);
  void enter(std::size_t index) { at_.store(static_cast<std::uint32_t>(index) + 1, std::memory_order_relaxed); }
  void leave() { at_.store(0, std::memory_order_relaxed); }
  std::size_t count() const { return module_.links().size(); }

  const Module& module_;
  sj_call& base_;
  std::atomic<std::uint32_t>& at_;
  std::uint64_t reply_limit_ = 0;
  sj_bytes remote_{};  // of the call as it came: a link cannot change who the client is
  Failure failure_;    // of the inner link that failed last
  FusedCall calls_[kStemObjectsMax];
};

}  // namespace sojourn
