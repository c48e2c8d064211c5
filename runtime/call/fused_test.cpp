// Fused links around a function, through the runtime and behind all walls: the same decorator and the same function
// that the tests of separate links use.
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "runtime/call/real_stage.h"

namespace sojourn {
namespace {

// `mirror` with `relay` around it once per name, outermost first.
std::shared_ptr<Version> fused_version(RealStage& stage, const std::vector<std::string>& names) {
  auto version = stage.version_of("call-test-links", "sojourn_entry_mirror");
  for (const std::string& name : names) {
    FusedObject object;
    object.use = "relay-" + name + "@3";
    object.artifact = version->artifact;
    object.entry.kind = EntryKind::kDecorator;
    object.entry.symbol = "sojourn_entry_relay";
    object.with = R"({"name":")" + name + R"("})";
    version->fused.push_back(std::move(object));
  }
  return version;
}

struct Seen {
  std::string outcome;
  std::string text;  // of a failure
};

Seen seen(RealStage& stage, const VersionPtr& version, const std::string& path, const std::string& query = {},
          const std::string& body = {}, std::chrono::nanoseconds timeout = std::chrono::seconds(10)) {
  NotedCaller& caller = stage.callers.emplace_back();
  RequestView request;
  request.call_id = "call-1";
  request.method = "PUT";
  request.path = path;
  request.query = query;
  request.body = body;
  caller.handle = stage.runtime->call(version, request, timeout, caller);
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  return {caller.outcome(), caller.failure ? caller.failure->text : ""};
}

}  // namespace

TEST_CASE("fused chain: links that hand on leave requests, replies and failures as they are") {
  RealStage stage;
  const auto bare = fused_version(stage, {});
  const auto fused = fused_version(stage, {"a", "b", "c", "d", "e", "f", "g", "h"});
  const auto prepared = stage.prepare(fused);
  REQUIRE(prepared);
  REQUIRE_MESSAGE(prepared->ok(), (prepared->ok() ? "" : prepared->error().text()));
  for (const std::size_t size : {0u, 1u, 16'384u, 16'385u, 100'000u, 3'000'000u}) {
    const std::string body(size, 'b');
    CHECK(seen(stage, fused, "/any/path", "x=1&y=2", body).outcome ==
          seen(stage, bare, "/any/path", "x=1&y=2", body).outcome);
  }
  CHECK(seen(stage, fused, "/stream", "count=5000").outcome == seen(stage, bare, "/stream", "count=5000").outcome);
  CHECK(seen(stage, fused, "/forge").outcome == seen(stage, bare, "/forge").outcome);
}

TEST_CASE("fused chain: each link acts by its own configuration") {
  RealStage stage;
  const auto version = fused_version(stage, {"a", "b"});
  CHECK(seen(stage, version, "/", "b=answer").outcome == "203 answered by b");
  CHECK(seen(stage, version, "/", "a=answer&b=answer").outcome == "203 answered by a");
  CHECK(seen(stage, version, "/", "a=tag&b=tag").outcome.find("x-in: a\nx-in: b") != std::string::npos);
  CHECK(seen(stage, version, "/", "a=throw").outcome == "function_threw");
  CHECK(seen(stage, version, "/", "b=throw").outcome == "function_threw");
}

TEST_CASE("fused chain: a crash is told with the link that was running, and the next call is served") {
  RealStage stage;
  const auto version = fused_version(stage, {"a", "b"});
  const Seen link = seen(stage, version, "/", "b=segv");
  CHECK(link.outcome == "function_crashed");
  CHECK(link.text == "the function crashed: SIGSEGV (in its fused link relay-b@3)");
  CHECK(seen(stage, version, "/segv").text == "the function crashed: SIGSEGV (in the function itself)");
  CHECK(seen(stage, version, "/", "a=answer").outcome == "203 answered by a");
}

TEST_CASE("fused chain: a deadline is told with the link that was running") {
  RealStage stage;
  const auto version = fused_version(stage, {"a", "b"});
  version->config.timeout = std::chrono::milliseconds(400);
  REQUIRE(stage.prepare(version)->ok());
  const Seen late = seen(stage, version, "/", "a=sleep", {}, version->config.timeout);
  CHECK(late.outcome == "deadline");
  CHECK(late.text == "the function did not answer within 400ms (timeout) (in its fused link relay-a@3)");
}

TEST_CASE("fused chain: a process for every call has every link of it") {
  RealStage stage;
  const auto version = fused_version(stage, {"a", "b"});
  version->config.isolation = Isolation::kFresh;
  for (int i = 0; i < 5; ++i) CHECK(seen(stage, version, "/", "b=answer").outcome == "203 answered by b");
}

TEST_CASE("fused chain: a link that does not load refuses the version by name") {
  RealStage stage;
  auto version = fused_version(stage, {"a", "b"});
  version->fused[1].entry.symbol = "sojourn_entry_nobody";
  const auto prepared = stage.prepare(version);
  REQUIRE(prepared);
  REQUIRE_FALSE(prepared->ok());
  CHECK(prepared->error().code() == ErrorCode::kRefused);
  CHECK(prepared->error().text().find("relay-b@3: the object does not export sojourn_entry_nobody") !=
        std::string::npos);
}

}  // namespace sojourn
