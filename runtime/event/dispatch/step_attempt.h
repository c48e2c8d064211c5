// A StepAttempt is one attempt at a job: a call of a function, or a request to a server outside. It collects the
// answer, a streamed one too, and says what it means.
//
// Thread: the dispatcher's loop.
// Owner:  the Dispatcher. Dropping it ends the attempt without a word: what runs in a sandbox is not waited for, what
//         is being sent is given up.
// Bound:  a reply within the function's replyLimit, an event within its bodyLimit; both are named when they are passed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "runtime/call/runtime.h"
#include "runtime/event/dispatch/dispatch_site.h"
#include "runtime/event/dispatch/step_machine.h"
#include "runtime/outgoing/http_client.h"

namespace sojourn {

// What attempts are made with.
struct AttemptTools {
  Runtime& runtime;
  HttpClient& http;
  DispatchSite& site;
  bool has_private_callbacks;  // callers may name loopback and private addresses, where the client permits them
  std::function<EpochMs()> now;
};

class StepAttempt final : public Caller {
 public:
  using Ended = std::function<void(StepAttempt&, Attempted)>;

  // `result`: of its run, for a callback. REQUIRES: job.acts().
  StepAttempt(StepJob job, std::optional<RunResult> result, AttemptTools& tools, Ended ended);
  ~StepAttempt();
  StepAttempt(const StepAttempt&) = delete;
  StepAttempt& operator=(const StepAttempt&) = delete;

  // `ended` comes once, perhaps from in here.
  void begin();
  const StepJob& job() const { return job_; }

  void on_reply(const ReplyView& reply, const CallTimes& times) override;
  void on_failure(const CallFailure& failure, const CallTimes& times) override;
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override;
  void on_stream_chunk(std::string_view chunk) override;
  void on_stream_end(const std::optional<Error>& broken) override;

 private:
  void call_with_event();
  void call_as_asked();
  void call(RequestView request, std::string_view body);
  Status post();
  Status post_back();
  void send(OutgoingRequest request);
  void on_sent(const Result<OutgoingReply>& answer);
  void keep_head(const ReplyView& reply);
  void conclude();
  void end(StepOutcome outcome);

  StepJob job_;
  std::optional<RunResult> result_;
  AttemptTools& tools_;
  Ended ended_;
  CallHandle handle_;
  EmittedEvents emitted_;
  std::optional<std::uint64_t> sending_;
  EpochMs began_ = 0;
  std::string call_id_;
  StepReply reply_;
  std::optional<ErrorCode> failure_;  // that a decorator passed on
  Lasting lasting_ = Lasting::kNo;
};

}  // namespace sojourn
