#include <doctest/doctest.h>

#include "gateway/events/async_call.h"
#include "gateway/events/async_look.h"
#include "gateway/events/async_route.h"
#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

KeptCall with_job(JobState state, int attempts = 0) {
  KeptCall call;
  JobView job;
  job.step = kCallStep;
  job.state = state;
  job.attempts = attempts;
  call.jobs.push_back(job);
  return call;
}

KeptCall answered(int status) {
  KeptCall call = with_job(JobState::kDone, 1);
  call.result = RunResult{};
  call.result->status = status;
  return call;
}

}  // namespace

TEST_CASE("async call: its state is told by its job, and by its result once there is one") {
  CHECK(state_of(with_job(JobState::kReady)) == "waiting");
  CHECK(state_of(with_job(JobState::kHeld)) == "waiting");
  CHECK(state_of(with_job(JobState::kLeased, 1)) == "running");
  CHECK(state_of(with_job(JobState::kReady, 2)) == "retrying");
  CHECK(state_of(with_job(JobState::kDead, 5)) == "failed");
  CHECK(state_of(answered(204)) == "succeeded");
  CHECK(state_of(answered(302)) == "failed");
  CHECK(state_of(answered(409)) == "failed");
  KeptCall cancelled = with_job(JobState::kReady);
  cancelled.run.state = RunState::kCancelled;
  CHECK(state_of(cancelled) == "cancelled");
}

TEST_CASE("async call: a callback under way does not change what the call came to") {
  KeptCall call = answered(200);
  call.run.state = RunState::kActive;
  JobView callback;
  callback.step = kCallbackStep;
  callback.state = JobState::kReady;
  call.jobs.push_back(callback);
  CHECK(state_of(call) == "succeeded");
}

TEST_CASE("async call: a callback is an http or https URL with a host, and no more than so long") {
  for (const char* good : {"http://a/", "https://example.org", "http://127.0.0.1:8080/x?y=1"}) {
    CAPTURE(good);
    CHECK(check_callback(good).ok());
  }
  for (const char* bad : {"", "a", "ftp://a/", "http://", "http:///x", "//a", "http://a b", "http://user:word@a/"}) {
    CAPTURE(bad);
    CHECK_FALSE(check_callback(bad).ok());
  }
  const std::string host = "http://a/";
  CHECK(check_callback(host + std::string(kCallbackUrlMax - host.size(), 'x')).ok());
  const Status longer = check_callback(host + std::string(kCallbackUrlMax, 'x'));
  REQUIRE_FALSE(longer.ok());
  CHECK(longer.error().text().find("2048") != std::string::npos);
}

TEST_CASE("async call: an id is the same however it is written") {
  CHECK(lower_case("7D9CBD55-ABCD-4222-8333-944444444444") == "7d9cbd55-abcd-4222-8333-944444444444");
}

}  // namespace sojourn
