#include "gateway/event_views.h"

#include <doctest/doctest.h>
#include <set>

#include "runtime/event/triggers/run_definition.h"

namespace sojourn {
namespace {

RunView run_of(const std::string& pipeline, const std::string& definition) {
  RunView run;
  run.id = "0b6c7d5e-0000-4000-8000-000000000001";
  run.pipeline = pipeline;
  run.definition = definition;
  return run;
}

JobView job_of(JobState state, int attempts) {
  JobView job;
  job.step = "book";
  job.state = state;
  job.due = 1'000;
  job.attempts = attempts;
  return job;
}

}  // namespace

TEST_CASE("event views: an item that nobody takes from its queue waits, and so does its step") {
  RunView item = run_of(queue_lane("mails"), "queue mails");
  CHECK(run_json(item)["state"] == "waiting");
  const Json step = step_json(item, job_of(JobState::kReady, 0), "");
  CHECK(step["state"] == "waiting");
  CHECK(step["dueAt"].is_null());
  CHECK(step["callIds"].empty());
  item.state = RunState::kCancelled;
  CHECK(run_json(item)["state"] == "cancelled");
  const RunView other = run_of("mails", "trigger mails@1");
  CHECK(run_json(other)["state"] == "running");
  CHECK(step_json(other, job_of(JobState::kReady, 0), "mails@1")["state"] == "ready");
}

TEST_CASE("event views: a step names its function and the call of each attempt, an asynchronous call its own id") {
  const Json step = step_json(run_of("orders", "pipeline orders@1 book@7"), job_of(JobState::kLeased, 3), "book@7");
  CHECK(step["function"] == "book@7");
  REQUIRE(step["callIds"].size() == 3);
  CHECK(std::set<Json>(step["callIds"].begin(), step["callIds"].end()).size() == 3);
  const RunView call = run_of("resize", "call resize@2");
  CHECK(step_json(call, job_of(JobState::kDone, 1), "resize@2")["callIds"] == Json::array({call.id}));
  const Json post = step_json(run_of("orders", "pipeline orders@1"), job_of(JobState::kDone, 1), "");
  CHECK(post["function"].is_null());
  CHECK(post["callIds"].empty());
}

}  // namespace sojourn
