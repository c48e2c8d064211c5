// The runtime with a real warden, real templates and real functions behind all walls.
#include "runtime/call/runtime.h"

#include <csignal>
#include <doctest/doctest.h>

#include "runtime/call/real_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

std::string refusal(RealStage& stage, int act) {
  const auto prepared =
      stage.prepare(stage.version_of("call-test-bad" + std::to_string(act), "sojourn_entry_bad"), 10s);
  REQUIRE(prepared);
  REQUIRE_FALSE(prepared->ok());
  CHECK(prepared->error().code() == ErrorCode::kRefused);
  return prepared->error().text();
}

}  // namespace

TEST_CASE("runtime: a function behind all walls answers, warm and with its environment") {
  RealStage stage;
  const auto version = stage.acts();
  version->config.env["GREETING"] = "good day";
  const auto prepared = stage.prepare(version);
  REQUIRE(prepared);
  REQUIRE_MESSAGE(prepared->ok(), (prepared->ok() ? "" : prepared->error().text()));
  CHECK(stage.outcome_of(version, "/greeting") == "200 good day");
  CHECK(stage.outcome_of(version, "/calls") == "200 2");
  CHECK(stage.outcome_of(version, "/calls") == "200 3");
  CHECK(stage.runtime->walls() != 0);
  CHECK(stage.runtime->stats(version).instances == 1);
}

TEST_CASE("runtime: each way to fail has its code") {
  RealStage stage;
  const auto version = stage.acts();
  version->config.memory = 64u << 20;
  CHECK(stage.outcome_of(version, "/throw") == "function_threw");
  CHECK(stage.outcome_of(version, "/refuse") == "418 a teapot");
  CHECK(stage.outcome_of(version, "/segv") == "function_crashed");
  CHECK(stage.outcome_of(version, "/exit") == "function_exited");
  CHECK(stage.outcome_of(version, "/forbidden") == "forbidden_syscall");
  CHECK(stage.outcome_of(version, "/memory") == "out_of_memory");
  CHECK(stage.outcome_of(version, "/") == "200 fine");
  const auto impatient = stage.acts();
  impatient->config.timeout = 300ms;
  CHECK(stage.outcome_of(impatient, "/sleep") == "deadline");
  CHECK(stage.outcome_of(impatient, "/") == "200 fine");
}

TEST_CASE("runtime: what a function writes is in the log under its call") {
  RealStage stage;
  const auto version = stage.acts();
  CHECK(stage.outcome_of(version, "/stdout") == "200 fine");
  std::sort(stage.lines.begin(), stage.lines.end());
  CHECK(stage.lines ==
        std::vector<std::string>{"call-1|log|from the log", "call-1|stdout|from stderr", "call-1|stdout|from stdout"});
}

TEST_CASE("runtime: a process for every call never sees another call") {
  RealStage stage;
  const auto version = stage.acts();
  version->config.isolation = Isolation::kFresh;
  REQUIRE(stage.prepare(version)->ok());
  for (int i = 0; i < 30; ++i) CHECK(stage.outcome_of(version, "/calls") == "200 1");
  for (int i = 0; i < 8; ++i) stage.call(version, "/calls");
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(stage.count("200 1") == 38);
}

TEST_CASE("runtime: bodies of every size come back as they went") {
  RealStage stage;
  const auto version = stage.acts();
  for (const std::size_t size : {0u, 1u, 16'384u, 16'385u, 70'000u, 1'000'000u, 6u << 20}) {
    std::string body(size, 'b');
    for (std::size_t i = 0; i < size; i += 97) body[i] = static_cast<char>('a' + i % 23);
    const std::string outcome = stage.outcome_of(version, "/echo", body);
    CHECK_MESSAGE(outcome == "200 " + body, size, " bytes: ", outcome.substr(0, 40));
  }
}

TEST_CASE("runtime: a stream arrives piece by piece, with credit for as long as it lasts") {
  RealStage stage;
  const auto version = stage.acts();
  NotedCaller& caller = stage.callers.emplace_back();
  RequestView request;
  request.call_id = "s";
  request.method = "GET";
  request.path = "/stream";
  request.query = "count=20000";
  caller.handle = stage.runtime->call(version, request, 10s, caller);
  REQUIRE_MESSAGE(stage.run_until([&] { return caller.done(); }, 10s), caller.body.size(), " bytes came");
  CHECK_FALSE(caller.broken);
  REQUIRE_FALSE(caller.failure);
  CHECK(caller.body.starts_with("piece 0\npiece 1\n"));
  CHECK(caller.body.ends_with("piece 19999\n"));
}

TEST_CASE("runtime: an object that is not fit to serve is refused with its reason") {
  RealStage stage;
  CHECK(refusal(stage, 1).find("the constructor crashed (SIGSEGV)") != std::string::npos);
  CHECK(refusal(stage, 2).find("INIT: ") == 0);
  CHECK(refusal(stage, 2).find("no dictionary") != std::string::npos);
  CHECK(refusal(stage, 3).find("SOJOURN_START") != std::string::npos);
  CHECK(refusal(stage, 4).find("no database") != std::string::npos);
  CHECK(stage.outcome_of(stage.acts(), "/") == "200 fine");
}

TEST_CASE("runtime: a version serves again after its warden was killed") {
  RealStage stage;
  const auto version = stage.acts();
  CHECK(stage.outcome_of(version, "/") == "200 fine");
  stage.restart_warden();
  CHECK(stage.outcome_of(version, "/") == "200 fine");
}

TEST_CASE("runtime: a probe that does not answer 2xx refuses the version") {
  RealStage stage;
  const auto version = stage.acts();
  version->config.probe = Probe{"/sick", 10s, 3};
  const auto refused = stage.prepare(version);
  REQUIRE(refused);
  REQUIRE_FALSE(refused->ok());
  CHECK(refused->error().text().find("500") != std::string::npos);
  const auto healthy = stage.acts();
  healthy->config.probe = Probe{"/", 10s, 3};
  CHECK(stage.prepare(healthy)->ok());
}

TEST_CASE("runtime: a thousand calls, many at once, from one instance that is short of work") {
  RealStage stage;
  const auto version = stage.acts();
  REQUIRE(stage.prepare(version)->ok());
  for (int round = 0; round < 20; ++round) {
    stage.callers.clear();
    for (int i = 0; i < 50; ++i) stage.call(version, "/echo", std::to_string(i));
    REQUIRE(stage.run_until([&] { return stage.all_done(); }));
    for (std::size_t i = 0; i < 50; ++i) CHECK(stage.callers[i].outcome() == "200 " + std::to_string(i));
  }
}

}  // namespace sojourn
