#include <doctest/doctest.h>

#include "runtime/call/runtime_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

// Answers every call with its path and its body.
void echo(ScriptedInstance& instance) {
  instance.start();
  while (true) {
    const ScriptedCall call = instance.next_call();
    instance.reply(call, call.path + call.body);
  }
}

SandboxScript script_of(std::function<void(ScriptedInstance&)> behaviour) {
  SandboxScript script;
  script.instance = std::move(behaviour);
  return script;
}

}  // namespace

TEST_CASE("runtime: a prepared version answers a call with what its instance replied") {
  RuntimeStage stage(script_of(echo));
  const auto version = stage.version();
  const auto prepared = stage.prepare(version);
  REQUIRE(prepared);
  CHECK(prepared->ok());
  NotedCaller& caller = stage.call(version, "/a", "b");
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.outcome() == "200 /ab");
  CHECK(stage.runtime->stats(version).instances == 1);
  CHECK(stage.runtime->walls() == kWallSeccomp);
}

TEST_CASE("runtime: a version that was never prepared is made on the way and counts as a cold start") {
  RuntimeStage stage(script_of(echo));
  const auto version = stage.version();
  NotedCaller& caller = stage.call(version, "/cold");
  CHECK_FALSE(caller.done());
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.outcome() == "200 /cold");
  CHECK(stage.runtime->stats(version).cold_starts == 1);
  CHECK(caller.times.sandbox > 0ns);
}

TEST_CASE("runtime: bodies larger than a frame travel both ways whole") {
  std::string large(3'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 26);
  RuntimeStage stage(script_of([](ScriptedInstance& instance) {
    instance.start();
    while (true) {
      const ScriptedCall call = instance.next_call();
      const std::string body = call.body;
      instance.send(FrameType::kReply, call.frame.call, reply_payload(200, {}, {}, body.size()), kBodyFollows);
      for (std::size_t at = 0; at < body.size(); at += 60'000) {
        instance.send(FrameType::kBody, call.frame.call, std::string_view(body).substr(at, 60'000));
      }
      instance.send(FrameType::kBodyEnd, call.frame.call, {});
    }
  }));
  NotedCaller& caller = stage.call(stage.version(), "/", large);
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.status == 200);
  CHECK(caller.body == large);
}

TEST_CASE("runtime: many calls at once are all answered, each with its own reply") {
  RuntimeStage stage(script_of(echo));
  const auto version = stage.version();
  REQUIRE(stage.prepare(version)->ok());
  for (int round = 0; round < 30; ++round) {
    stage.callers.clear();
    for (int i = 0; i < 64; ++i) stage.call(version, "/" + std::to_string(i));
    REQUIRE(stage.run_until([&] { return stage.all_done(); }));
    for (int i = 0; i < 64; ++i)
      CHECK(stage.callers[static_cast<std::size_t>(i)].outcome() == "200 /" + std::to_string(i));
  }
  CHECK(stage.runtime->stats(version).instances <= 8);
}

}  // namespace sojourn
