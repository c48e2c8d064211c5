#include "runtime/call/probe.h"

#include <utility>

namespace sojourn {

void HealthProbe::start(Runtime& runtime, const VersionPtr& version) {
  path_ = version->config.probe->path;
  RequestView request;
  request.call_id = "probe";
  request.method = "GET";
  request.path = path_;
  request.remote = "127.0.0.1";
  call_ = runtime.call(version, request, version->config.timeout, *this);
}

void HealthProbe::on_reply(const ReplyView& reply, const CallTimes&) {
  end(reply.status);
}
void HealthProbe::on_stream_begin(const ReplyView& head, const CallTimes&) {
  end(head.status);
}

void HealthProbe::end(int status) {
  const Done done = std::exchange(done_, nullptr);
  if (!done) return;
  if (status / 100 == 2) return done({});
  done(Error(ErrorCode::kRefused, "the probe of " + path_ + " answered " + std::to_string(status) + ", not 2xx"));
}

void HealthProbe::on_failure(const CallFailure& failure, const CallTimes&) {
  const Done done = std::exchange(done_, nullptr);
  if (done) done(Error(ErrorCode::kRefused, "the probe of " + path_ + " failed: " + failure.text));
}

}  // namespace sojourn
