// A Probe asks a version whether it is well: GET on its probe path, which must answer 2xx within the timeout.
//
// Thread: the home loop.
// Owner:  Runtime. `done` is called once and may drop the probe.
#pragma once

#include <functional>

#include "loader/deployment.h"
#include "runtime/base/result.h"
#include "runtime/call/caller.h"
#include "runtime/call/runtime.h"

namespace sojourn {

class HealthProbe final : public Caller {
 public:
  using Done = std::function<void(Status)>;

  explicit HealthProbe(Done done) : done_(std::move(done)) {}

  void set_done(Done done) { done_ = std::move(done); }

  // REQUIRES: the version's configuration has a probe.
  void start(Runtime& runtime, const VersionPtr& version);

  void on_reply(const ReplyView& reply, const CallTimes& times) override;
  void on_failure(const CallFailure& failure, const CallTimes& times) override;
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override;
  void on_stream_chunk(std::string_view) override {}
  void on_stream_end(const std::optional<Error>&) override {}

 private:
  void end(int status);

  Done done_;
  std::string path_;
  CallHandle call_;
};

}  // namespace sojourn
