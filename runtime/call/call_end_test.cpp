// How a call can end other than by a reply.
#include <csignal>
#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runtime/call/runtime_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;
using Calls = std::vector<ScriptedCall>;

// Does what the path says.
void obey(ScriptedInstance& instance) {
  instance.start();
  const auto signal_self = [](int signal) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  };
  while (true) {
    const ScriptedCall call = instance.next_call();
    if (call.path == "/segv") signal_self(SIGSEGV);
    if (call.path == "/sys") signal_self(SIGSYS);
    if (call.path == "/exit") ::_exit(3);
    if (call.path == "/close") {
      ::close(instance.channel());
      ::pause();
    }
    if (call.path == "/sleep") ::usleep(20'000'000);
    if (call.path == "/nap") ::usleep(60'000);
    if (call.path == "/pid") {
      instance.reply(call, std::to_string(::getpid()));
      continue;
    }
    if (call.path.starts_with("/throw")) {
      std::string payload;
      PayloadWriter out(payload);
      const bool answer = call.path == "/throw-422";
      out.fixed(ErrorBody{answer ? 422 : 0, answer ? 2u : 0u, 1500});
      out.text(call.path == "/throw-bad-alloc" ? "std::bad_alloc" : "std::runtime_error");
      out.text("the secret reason");
      instance.send(FrameType::kError, call.frame.call, payload);
      continue;
    }
    instance.write_log("a line\nand " + call.path + "\n");
    instance.reply(call, "fine");
  }
}

SandboxScript obedient() {
  SandboxScript script;
  script.instance = obey;
  return script;
}

const CallFailure& fail_of(RuntimeStage& stage, const VersionPtr& version, std::string path) {
  NotedCaller& caller = stage.call(version, std::move(path));
  stage.run_until([&] { return caller.done(); });
  REQUIRE(caller.failure);
  return *caller.failure;
}

}  // namespace

TEST_CASE("call: a crash names its signal and the next call has a new instance") {
  RuntimeStage stage(obedient());
  const auto version = stage.version();
  const CallFailure& failure = fail_of(stage, version, "/segv");
  CHECK(failure.code == ErrorCode::kFunctionCrashed);
  CHECK(failure.text.find("SIGSEGV") != std::string::npos);
  NotedCaller& next = stage.call(version, "/");
  REQUIRE(stage.run_until([&] { return next.done(); }));
  CHECK(next.outcome() == "200 fine");
  CHECK(stage.runtime->stats(version).crashes == 1);
}

TEST_CASE("call: a system call that the sandbox forbids has a code of its own") {
  RuntimeStage stage(obedient());
  CHECK(fail_of(stage, stage.version(), "/sys").code == ErrorCode::kForbiddenSyscall);
}

TEST_CASE("call: a function that exits is told by its status") {
  RuntimeStage stage(obedient());
  const CallFailure& failure = fail_of(stage, stage.version(), "/exit");
  CHECK(failure.code == ErrorCode::kFunctionExited);
  CHECK(failure.text.find("exit(3)") != std::string::npos);
}

TEST_CASE("call: an instance that closes its channel and lives on fails its call within 50 ms") {
  RuntimeStage stage(obedient());
  const auto version = stage.version();
  REQUIRE(stage.prepare(version)->ok());
  const auto begin = std::chrono::steady_clock::now();
  CHECK(fail_of(stage, version, "/close").code == ErrorCode::kFunctionCrashed);
  CHECK(std::chrono::steady_clock::now() - begin < 300ms);
}

TEST_CASE("call: an exception is a word for the caller and its text for the log") {
  RuntimeStage stage(obedient());
  const CallFailure& failure = fail_of(stage, stage.version(), "/throw");
  CHECK(failure.code == ErrorCode::kFunctionThrew);
  CHECK(failure.text.find("secret") == std::string::npos);
  REQUIRE(stage.lines.size() == 1);
  CHECK(stage.lines[0] == "call-1|log|std::runtime_error: the secret reason");
}

TEST_CASE("call: memory that ran out names the limit") {
  RuntimeStage stage(obedient());
  const CallFailure& failure = fail_of(stage, stage.version(), "/throw-bad-alloc");
  CHECK(failure.code == ErrorCode::kOutOfMemory);
  CHECK(failure.text.find("128MiB") != std::string::npos);
}

TEST_CASE("call: an error with a status is an ordinary answer that says when to come back") {
  RuntimeStage stage(obedient());
  NotedCaller& caller = stage.call(stage.version(), "/throw-422");
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.outcome() == "422 the secret reason");
  REQUIRE(caller.headers.size() == 2);
  CHECK(caller.headers[1].first == "retry-after");
  CHECK(caller.headers[1].second == "2");
}

TEST_CASE("call: at the deadline the instance is killed and the answer names the timeout") {
  RuntimeStage stage(obedient());
  const auto version = stage.version();
  version->config.timeout = 80ms;
  REQUIRE(stage.prepare(version)->ok());
  const auto begin = std::chrono::steady_clock::now();
  const CallFailure& failure = fail_of(stage, version, "/sleep");
  CHECK(failure.code == ErrorCode::kDeadline);
  CHECK(failure.text.find("80ms") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begin < 200ms);
  CHECK(stage.run_until([&] { return stage.runtime->stats(version).instances == 0; }, 1000ms));
  NotedCaller& next = stage.call(version, "/");
  REQUIRE(stage.run_until([&] { return next.done(); }));
  CHECK(next.outcome() == "200 fine");
}

TEST_CASE("call: an instance that outlives its kill takes its template along") {
  SandboxScript script = obedient();
  script.deaf_to_kills = true;
  RuntimeStage stage(std::move(script));
  const auto version = stage.version();
  version->config.timeout = 50ms;
  CHECK(fail_of(stage, version, "/sleep").code == ErrorCode::kDeadline);
  CHECK(stage.run_until([&] { return stage.runtime->stats(version).instances == 0; }, 1000ms));
  NotedCaller& next = stage.call(version, "/");
  REQUIRE(stage.run_until([&] { return next.done(); }));
  CHECK(next.outcome() == "200 fine");
  CHECK(stage.runtime->stats(version).templates == 2);
}

TEST_CASE("call: lines on stdout carry the call's id and come before its reply") {
  RuntimeStage stage(obedient());
  const auto version = stage.version();
  for (int i = 0; i < 20; ++i) {
    stage.lines.clear();
    NotedCaller& caller = stage.call(version, "/x");
    bool lines_first = false;
    REQUIRE(stage.run_until([&] {
      if (caller.done()) lines_first = stage.lines.size() == 2;
      return caller.done();
    }));
    CHECK(lines_first);
    const std::string id = "call-" + std::to_string(i + 1);
    CHECK(stage.lines == std::vector<std::string>{id + "|stdout|a line", id + "|stdout|and /x"});
  }
}

TEST_CASE("call: a caller who leaves is told nothing and the instance serves on") {
  RuntimeStage stage(obedient());
  const auto version = stage.version();
  version->config.instances.max = 1;
  REQUIRE(stage.prepare(version)->ok());
  NotedCaller& pid_before = stage.call(version, "/pid");
  REQUIRE(stage.run_until([&] { return pid_before.done(); }));
  NotedCaller& leaver = stage.call(version, "/nap");
  stage.run_for(20ms);
  NotedCaller& waiting_leaver = stage.call(version, "/segv");
  leaver.handle.reset();
  waiting_leaver.handle.reset();
  NotedCaller& next = stage.call(version, "/pid");
  REQUIRE(stage.run_until([&] { return next.done(); }));
  CHECK(leaver.ends == 0);
  CHECK(waiting_leaver.ends == 0);
  CHECK(next.body == pid_before.body);
  CHECK(stage.runtime->stats(version).queued == 0);
}

TEST_CASE("call: the third crash in a minute replaces the template without an outage, the sixth pauses it") {
  RuntimeStage stage(obedient());
  const auto version = stage.version();
  for (int i = 0; i < 3; ++i) CHECK(fail_of(stage, version, "/segv").code == ErrorCode::kFunctionCrashed);
  NotedCaller& next = stage.call(version, "/");
  REQUIRE(stage.run_until([&] { return next.done(); }));
  CHECK(next.outcome() == "200 fine");
  CHECK(stage.runtime->stats(version).templates == 2);
  for (int i = 0; i < 3; ++i) CHECK(fail_of(stage, version, "/segv").code == ErrorCode::kFunctionCrashed);
  const CallFailure& paused = fail_of(stage, version, "/");
  CHECK(paused.code == ErrorCode::kNoCapacity);
  REQUIRE(paused.retry_after);
  CHECK(*paused.retry_after <= 1000ms);
  stage.run_for(1100ms);
  NotedCaller& after = stage.call(version, "/");
  REQUIRE(stage.run_until([&] { return after.done(); }));
  CHECK(after.outcome() == "200 fine");
}

TEST_CASE("call: after the warden died calls in flight fail and queued ones survive until the next") {
  RuntimeStage stage(obedient());
  const auto version = stage.version();
  version->config.instances.max = 1;
  REQUIRE(stage.prepare(version)->ok());
  NotedCaller& running = stage.call(version, "/sleep");
  NotedCaller& queued = stage.call(version, "/");
  stage.run_for(20ms);
  stage.warden->die();
  REQUIRE(stage.run_until([&] { return running.done(); }));
  CHECK(running.failure);
  stage.run_for(50ms);
  CHECK_FALSE(queued.done());
  stage.warden = std::make_unique<ScriptedWarden>(obedient());
  stage.runtime->attach_warden(stage.warden->take_link());
  REQUIRE(stage.run_until([&] { return queued.done(); }));
  CHECK(queued.outcome() == "200 fine");
}

}  // namespace sojourn
