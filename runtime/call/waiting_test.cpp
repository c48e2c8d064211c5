// Calls that wait: ahead in an instance, in the backlog, for a process of their own.
#include <doctest/doctest.h>
#include <thread>
#include <unistd.h>

#include "runtime/call/runtime_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

// Answers with its pid; /die ends the process, /nap sleeps 50 ms, /long 300 ms, /hang 3 s.
void answer(ScriptedInstance& instance, const ScriptedCall& call) {
  if (call.path == "/die") ::_exit(9);
  if (call.path == "/nap") ::usleep(50'000);
  if (call.path == "/long") ::usleep(300'000);
  if (call.path == "/hang") ::usleep(3'000'000);
  instance.reply(call, std::to_string(::getpid()));
}

SandboxScript serving() {
  SandboxScript script;
  script.instance = [](ScriptedInstance& instance) {
    instance.start();
    while (true) answer(instance, instance.next_call());
  };
  return script;
}

SandboxScript one_shot() {
  SandboxScript script;
  script.instance = [](ScriptedInstance& instance) {
    instance.start();
    answer(instance, instance.next_call());
  };
  return script;
}

void warm(RuntimeStage& stage, const VersionPtr& version, int calls = 20) {
  REQUIRE(stage.prepare(version)->ok());
  for (int i = 0; i < calls; ++i) {
    NotedCaller& caller = stage.call(version);
    REQUIRE(stage.run_until([&] { return caller.done(); }));
  }
  stage.callers.clear();
}

std::size_t different_bodies(const RuntimeStage& stage) {
  std::vector<std::string> bodies;
  for (const NotedCaller& caller : stage.callers) bodies.push_back(caller.body);
  std::sort(bodies.begin(), bodies.end());
  return static_cast<std::size_t>(std::unique(bodies.begin(), bodies.end()) - bodies.begin());
}

}  // namespace

TEST_CASE("backlog: calls beyond instances and backlog are refused at once, exactly") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  version->config.instances.max = 1;
  version->config.backlog.length = 2;
  for (int i = 0; i < 10; ++i) stage.call(version, "/nap");
  REQUIRE(stage.run_until([&] { return stage.count("concurrency_limited") > 0; }));
  CHECK(stage.count("concurrency_limited") == 7);
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(stage.count("concurrency_limited") == 7);
  CHECK(stage.callers.back().failure->retry_after.has_value());
  CHECK(stage.callers.back().failure->text.find("backlog.length") != std::string::npos);
}

TEST_CASE("backlog: a call that waited too long is told so and when to come back") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  version->config.instances.max = 1;
  version->config.backlog.wait = 60ms;
  NotedCaller& running = stage.call(version, "/long");
  NotedCaller& waiting = stage.call(version, "/");
  REQUIRE(stage.run_until([&] { return waiting.done(); }));
  CHECK_FALSE(running.done());
  CHECK(waiting.outcome() == "no_capacity");
  CHECK(waiting.failure->retry_after.has_value());
  CHECK(waiting.failure->text.find("backlog.wait") != std::string::npos);
}

TEST_CASE("backlog: calls known to be short are let in beyond its length") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  version->config.instances.max = 1;
  version->config.backlog.length = 2;
  warm(stage, version, 300);
  for (int i = 0; i < 400; ++i) stage.call(version);
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  for (const NotedCaller& caller : stage.callers) CHECK(caller.status == 200);
}

TEST_CASE("reuse: calls that take long get an instance each, up to the most there may be") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  version->config.instances.max = 4;
  for (int i = 0; i < 12; ++i) stage.call(version, "/nap");
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(different_bodies(stage) == 4);
  CHECK(stage.runtime->stats(version).instances == 4);
}

TEST_CASE("reuse: short calls share the hot instance") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  warm(stage, version, 200);
  for (int i = 0; i < 16; ++i) stage.call(version);
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(different_bodies(stage) <= 2);
}

TEST_CASE("queue ahead: calls behind one that hangs move to another instance and lose nothing") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  warm(stage, version, 200);
  NotedCaller& hanging = stage.call(version, "/hang");
  for (int i = 0; i < 5; ++i) stage.call(version);
  REQUIRE(stage.run_until([&] { return stage.count("waits") == 1; }, 2000ms));
  CHECK_FALSE(hanging.done());
  CHECK(stage.runtime->stats(version).recalled > 0);
}

TEST_CASE("queue ahead: no call fails for its neighbour's death") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  warm(stage, version, 200);
  for (int i = 0; i < 20; ++i) stage.call(version, i == 4 ? "/die" : "/");
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(stage.count("function_exited") == 1);
  CHECK(stage.callers[4].failure);
}

TEST_CASE("queue ahead: the deadline of a call begins when it is the head") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  version->config.instances.max = 1;
  version->config.timeout = 150ms;
  warm(stage, version, 200);
  for (int i = 0; i < 6; ++i) stage.call(version, "/nap");
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  for (const NotedCaller& caller : stage.callers) CHECK(caller.status == 200);
}

TEST_CASE("reuse: idle instances retire down to the least, and zero comes back") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  version->config.instances = {0, 4, 80ms};
  for (int i = 0; i < 4; ++i) stage.call(version, "/nap");
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  REQUIRE(stage.run_until([&] { return stage.runtime->stats(version).instances == 0; }, 1000ms));
  CHECK(stage.runtime->stats(version).crashes == 0);
  NotedCaller& caller = stage.call(version);
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.status == 200);
  CHECK(stage.runtime->stats(version).templates == 1);
}

TEST_CASE("reuse: as many instances as the least asks for stay") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  version->config.instances = {2, 4, 50ms};
  REQUIRE(stage.prepare(version)->ok());
  stage.run_for(200ms);
  CHECK(stage.runtime->stats(version).instances == 2);
}

TEST_CASE("fresh: each call has a process of its own") {
  RuntimeStage stage(one_shot());
  const auto version = stage.version();
  version->config.isolation = Isolation::kFresh;
  version->config.instances.max = 4;
  REQUIRE(stage.prepare(version)->ok());
  for (int i = 0; i < 30; ++i) stage.call(version);
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  for (const NotedCaller& caller : stage.callers) CHECK(caller.status == 200);
  CHECK(different_bodies(stage) == 30);
  CHECK(stage.runtime->stats(version).crashes == 0);
}

TEST_CASE("fresh: never more calls run at once than instances.max") {
  RuntimeStage stage(one_shot());
  const auto version = stage.version();
  version->config.isolation = Isolation::kFresh;
  version->config.instances.max = 2;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 6; ++i) stage.call(version, "/nap");
  REQUIRE(stage.run_until([&] { return stage.all_done(); }));
  CHECK(std::chrono::steady_clock::now() - begin >= 150ms);
  CHECK(different_bodies(stage) == 6);
}

TEST_CASE("fresh: a process waits ready for the next call, so that it is no cold start") {
  RuntimeStage stage(one_shot());
  const auto version = stage.version();
  version->config.isolation = Isolation::kFresh;
  REQUIRE(stage.prepare(version)->ok());
  for (int i = 0; i < 10; ++i) {
    REQUIRE(stage.run_until([&] { return stage.runtime->stats(version).idle > 0; }));
    NotedCaller& caller = stage.call(version);
    REQUIRE(stage.run_until([&] { return caller.done(); }));
  }
  CHECK(stage.runtime->stats(version).cold_starts == 0);
}

TEST_CASE("retire: what runs ends, then nothing is left, and a new call brings the version back") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  NotedCaller& running = stage.call(version, "/nap");
  REQUIRE(stage.run_until([&] { return stage.runtime->stats(version).started == 1; }));
  stage.runtime->retire(version);
  REQUIRE(stage.run_until([&] { return running.done(); }));
  CHECK(running.status == 200);
  REQUIRE(stage.run_until([&] { return stage.runtime->stats(version).instances == 0; }));
  stage.run_for(150ms);
  NotedCaller& again = stage.call(version);
  REQUIRE(stage.run_until([&] { return again.done(); }));
  CHECK(again.status == 200);
}

TEST_CASE("drain: running calls end, new ones are refused, then it is done") {
  RuntimeStage stage(serving());
  const auto version = stage.version();
  NotedCaller& running = stage.call(version, "/nap");
  REQUIRE(stage.run_until([&] { return stage.runtime->stats(version).started == 1; }));
  bool drained = false;
  stage.runtime->drain(2000ms, [&] { drained = true; });
  NotedCaller& late = stage.call(version);
  REQUIRE(stage.run_until([&] { return drained; }));
  CHECK(running.status == 200);
  CHECK(late.outcome() == "draining");
}

TEST_CASE("drain: patience ends it though a call still runs") {
  RuntimeStage stage(serving());
  NotedCaller& running = stage.call(stage.version(), "/long");
  stage.run_for(20ms);
  bool drained = false;
  stage.runtime->drain(50ms, [&] { drained = true; });
  REQUIRE(stage.run_until([&] { return drained; }, 250ms));
  CHECK_FALSE(running.done());
}

TEST_CASE("probe: instances that fail it several times in a row are replaced") {
  SandboxScript script;
  // Well for the first four calls, then sick.
  script.instance = [](ScriptedInstance& instance) {
    instance.start();
    for (int calls = 0;; ++calls) {
      const ScriptedCall call = instance.next_call();
      const bool sick = call.path == "/health" && calls >= 4;
      instance.reply(call, std::to_string(::getpid()), sick ? 500 : 200);
    }
  };
  RuntimeStage stage(std::move(script));
  const auto version = stage.version();
  version->config.probe = Probe{"/health", 20ms, 3};
  REQUIRE(stage.prepare(version)->ok());
  NotedCaller& first = stage.call(version);
  REQUIRE(stage.run_until([&] { return first.done(); }));
  const auto pid_now = [&] {
    NotedCaller& caller = stage.call(version);
    stage.run_until([&] { return caller.done(); });
    return caller.body;
  };
  CHECK(pid_now() == first.body);
  stage.run_for(600ms);
  CHECK(pid_now() != first.body);
}

TEST_CASE("template: one that never answers LOAD is refused after 5 s") {
  SandboxScript script = serving();
  script.load = SandboxScript::Load::kNeverAnswers;
  RuntimeStage stage(std::move(script));
  const auto prepared = stage.prepare(stage.version(), 7s);
  REQUIRE(prepared);
  REQUIRE_FALSE(prepared->ok());
  CHECK(prepared->error().text().find("within 5 s") != std::string::npos);
}

TEST_CASE("template: one that ends while it loads is refused with the signal") {
  SandboxScript script = serving();
  script.load = SandboxScript::Load::kCrashes;
  RuntimeStage stage(std::move(script));
  const auto prepared = stage.prepare(stage.version());
  REQUIRE(prepared);
  REQUIRE_FALSE(prepared->ok());
  CHECK(prepared->error().code() == ErrorCode::kRefused);
  CHECK(prepared->error().text() == "the constructor crashed (SIGSEGV)");
}

TEST_CASE("template: a warden that cannot make one says which step failed") {
  SandboxScript script = serving();
  script.adoption_error = EACCES;
  RuntimeStage stage(std::move(script));
  NotedCaller& caller = stage.call(stage.version());
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.outcome() == "no_capacity");
  CHECK(caller.failure->text.find("link artifact") != std::string::npos);
}

TEST_CASE("template: the least recently called version makes room for another") {
  RuntimeStage stage;
  RuntimeOptions options;
  options.artifact = [](const Digest&) -> Result<FileIdentity> { return FileIdentity{}; };
  options.templates_max = 2;
  stage.runtime = std::make_unique<Runtime>(std::vector<Loop*>{&stage.loop}, stage.log, std::move(options));
  stage.warden = std::make_unique<ScriptedWarden>(serving());
  stage.runtime->attach_warden(stage.warden->take_link());
  for (int round = 0; round < 2; ++round) {
    for (const char* name : {"one", "two", "three"}) {
      NotedCaller& caller = stage.call(stage.version(name));
      REQUIRE(stage.run_until([&] { return caller.done(); }));
      CHECK(caller.status == 200);
      stage.run_for(5ms);
    }
  }
}

}  // namespace sojourn
