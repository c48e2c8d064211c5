#include "runtime/event/triggers/stored_call.h"

#include <doctest/doctest.h>

#include "runtime/event/triggers/run_definition.h"

namespace sojourn {
namespace {

StoredCall sample() {
  StoredCall call;
  call.id = "4a1f7c0e-0000-4000-8000-000000000001";
  call.function = "resize";
  call.path = "/a b/%41/\xff\n\"";
  call.query = "w=1&h=%20";
  call.remote = "10.0.0.7";
  call.token = "ci";
  call.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  call.headers = {{"content-type", "image/png"}, {"x-odd", "caf\xe9 100% \"so\""}, {"x-twice", "1"}, {"x-twice", "2"}};
  call.timeout = std::chrono::milliseconds(1'500);
  call.callback = "http://10.0.0.7:81/done?a=%41";
  call.body = std::string("\0\xff{}", 4);
  return call;
}

}  // namespace

TEST_CASE("stored call: what goes into the journal comes out of it, any bytes included") {
  const StoredCall call = sample();
  const auto back = to_call(to_record(call));
  REQUIRE(back.ok());
  CHECK(*back == call);
}

TEST_CASE("stored call: the callback's input has neither headers nor body, and says how long the result took") {
  const auto told = to_call(callback_input(sample(), std::chrono::milliseconds(250)));
  REQUIRE(told.ok());
  CHECK(told->headers.empty());
  CHECK(told->body.empty());
  CHECK(told->took == std::chrono::milliseconds(250));
  CHECK(told->callback == sample().callback);
}

TEST_CASE("stored call: its run has the call's id, keeps to the version, and waits in the function's own lane") {
  StoredCall call = sample();
  call.version = 7;
  const RunSpec run = run_of(call, 1'000);
  CHECK(run.id == call.id);
  CHECK(run.definition == "call resize@7");
  REQUIRE(run.jobs.size() == 1);
  CHECK(run.jobs[0].step == kCallStep);
  CHECK(run.jobs[0].lane == call_lane("resize"));
  CHECK(run.jobs[0].due == 1'000);
}

TEST_CASE("stored call: another event's record is refused in words") {
  EventRecord record;
  record.id = "1";
  record.source = "/shop";
  record.type = "order.placed";
  record.attributes = "{}";
  const auto call = to_call(record);
  REQUIRE(!call.ok());
  CHECK(call.error().text().find("no asynchronous call") != std::string::npos);
}

}  // namespace sojourn
