// ServingCall is the call that an instance runs: what the request was, and how the function answers. One object serves
// all calls of an instance, one after the other.
//
// Thread: the instance's main thread; log and cancelled any. A mutex guards the channel between them.
// Owner:  serve(), for the life of the process.
#pragma once

#include <atomic>
#include <mutex>

#include "runtime/sandbox/protocol/payload.h"
#include "runtime/sandbox/template/channel.h"
#include "runtime/sandbox/template/connect_door.h"
#include "runtime/sandbox/template/frame_output.h"
#include "runtime/sandbox/template/function_facts.h"
#include "runtime/sandbox/template/host_call.h"
#include "runtime/sandbox/template/item_file.h"
#include "runtime/sandbox/template/serving_result.h"

namespace sojourn {

inline constexpr std::size_t kRequestFieldsMax = 512;
inline constexpr std::size_t kLogFieldsMax = 32;
inline constexpr std::size_t kFailureTextMax = 16 * 1024;  // bytes

struct CallLimits {
  std::uint64_t reply = 0;  // bytes of a reply's body
  std::uint64_t log = 0;    // bytes of log per call
};

class ServingCall final : public sj_call {
 public:
  ServingCall(Channel& channel, FrameOutput& output) : channel_(channel), output_(output) {}

  void configure(const CallLimits& limits) { limits_ = limits; }
  // Where it stands which of the calls behind this one were taken back.
  void watch(const ClaimPage& claims) { claims_ = &claims; }
  FunctionFacts& facts() { return facts_; }

  // Outside calls (START, STOP): log lines belong to no call, and nothing can be answered; a failure is kept.
  void enter_hook();
  const std::string& hook_failure() const { return hook_failure_; }

  // Reads the head of a CALL; the request's texts point into the payload. False: it is not well formed.
  bool read_request(const Frame& frame);
  void set_body(std::string_view body) { request_.body = bytes_of(body); }
  std::uint64_t body_size() const { return head_.body_size; }
  const sj_request& request() const { return request_; }
  // The claim was won: the deadline runs from here.
  void start();
  // The entry has returned: whatever is missing of an answer is sent as a fault.
  void finish(int result);
  // Answers for the function, which cannot: its request did not fit into its memory.
  void refuse_for_memory();
  void note_cancel(std::uint64_t call);

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
  int read(sj_bytes* chunk) noexcept override;
  int connect(sj_bytes name) noexcept override { return connect_through_door(name); }

 private:
  enum class Answer {
    kOpen,       // nothing was said
    kStreaming,  // begin was, end was not
    kComplete,
    kNone,  // this moment takes no answer
  };

  void build_reply_head(const sj_response& response);
  void send_output();
  void send_large_body(std::string_view body, std::uint32_t stream);
  void send_error(std::int32_t status, std::uint32_t flags, std::int64_t retry_ms, std::string_view type,
                  std::string_view message);
  int refuse_reply(std::string_view what, std::uint64_t size);
  void report_dropped_lines();
  void look_ahead(Channel::Full full = Channel::Full::kLeaves);
  Channel::Shown show(const Frame& frame);
  bool is_taken_back(const Frame& frame);
  bool wait_for_credit();

  // What the function asks for (serving_asks.cpp).
  int may_ask() const;
  void begin_ask(FrameType type);
  int send_nested(FrameType type, std::string_view function, const sj_request& request);
  int ask_reply(FrameType type, sj_bytes function, const sj_request& request, const sj_response** out);
  int send_ask();
  int send_event(std::string_view queue, sj_fields attributes, std::string_view data);
  template <class Awaited>
  int await(Awaited& awaited);
  void give_credit(std::size_t bytes);

  Channel& channel_;
  FunctionFacts facts_;
  const ClaimPage* claims_ = nullptr;
  CallLimits limits_;
  std::string hook_failure_;

  std::uint64_t number_ = 0;
  CallHead head_{};
  sj_request request_{};
  sj_bytes call_id_{};
  sj_bytes traceparent_{};
  char attempt_[12]{};
  ItemFile item_;
  std::int64_t deadline_ns_ = INT64_MAX;  // of CLOCK_MONOTONIC

  std::mutex mutex_;  // guards what follows, and the channel while a function runs
  FrameOutput& output_;
  Answer answer_ = Answer::kNone;
  std::uint64_t log_left_ = 0;
  std::uint32_t log_dropped_ = 0;
  std::uint64_t credit_ = 0;
  std::atomic<bool> cancelled_{false};
  bool waits_ = false;              // the thread of the call waits for the channel, and sees what comes
  ServingAsked* asked_ = nullptr;   // made when something is asked for the first time
  std::uint32_t asks_ = 0;          // of this call
  std::uint64_t dropped_call_ = 0;  // whose CALL was the last one to be left out

  // Last, so that with few fields all of the object is on one page.
  sj_field fields_[kRequestFieldsMax];
};

}  // namespace sojourn
