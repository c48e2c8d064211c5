// An instance on its channel: calls, bodies, logs, streams, claims, and the ways it ends.
#include <doctest/doctest.h>
#include <signal.h>
#include <string>
#include <sys/wait.h>

#include <sojourn/abi.h>

#include "runtime/sandbox/warden/warden_fixture.h"

using namespace sojourn;

namespace {

struct Served {
  explicit Served(const TestConfig& config = {}) : made(warden.adopt(SOJOURN_TEST_ACTS)), instance(begin(config)) {}
  TestInstance begin(const TestConfig& config) {
    REQUIRE(made);
    REQUIRE(made->load("acts_entry")->head.outcome == LoadOutcome::kOk);
    TestInstance forked = made->fork();
    REQUIRE(forked.start(config) == "");
    return forked;
  }

  WardenFixture warden;
  std::optional<TestTemplate> made;
  TestInstance instance;
};

}  // namespace

TEST_CASE("instance: facts, environment and secrets are its own") {
  Served served;
  CHECK(served.instance.call("/facts").body == "acts@7 hello secret call-1 1");
}

TEST_CASE("instance: bodies of every size go in and come out whole") {
  Served served;
  for (const std::size_t size : {0u, 1u, 16u * 1024, 16u * 1024 + 1, 64u * 1024, 64u * 1024 + 1, 1u << 20, 6u << 20}) {
    CAPTURE(size);
    std::string body(size, '\0');
    for (std::size_t index = 0; index < size; ++index) body[index] = static_cast<char>(index * 31 >> 3);
    const TestReply reply = served.instance.call("/echo", "", body);
    CHECK_FALSE(reply.failed);
    CHECK(reply.body == body);
  }
}

TEST_CASE("instance: calls queued ahead are answered in order, and one that was taken back is passed over") {
  Served served;
  TestInstance& instance = served.instance;
  ::kill(instance.pid, SIGSTOP);
  const auto first = instance.send_call("/echo", "", "one");
  const auto second = instance.send_call("/echo", "", std::string(100'000, 'x'));
  const auto third = instance.send_call("/echo", "", "three");
  CHECK(first < second);
  CHECK(instance.recall(second));
  ::kill(instance.pid, SIGCONT);
  CHECK(instance.next_reply()->body == "one");
  CHECK(instance.next_reply()->body == "three");
  CHECK_FALSE(instance.recall(third));
}

TEST_CASE("instance: sixty calls queued ahead are all answered") {
  Served served;
  for (int index = 0; index < 60; ++index) served.instance.send_call("/echo", "", std::string(1000, 'y'));
  for (int index = 0; index < 60; ++index) CHECK(served.instance.next_reply()->body.size() == 1000);
}

TEST_CASE("instance: a failure carries status, type, message and when to come back") {
  Served served;
  const TestReply reply = served.instance.call("/fail");
  CHECK(reply.failed);
  CHECK(reply.status == 422);
  CHECK(reply.type == "teapot");
  CHECK(reply.body == "no tea");
  CHECK(reply.flags == SJ_FAIL_RETRY_AFTER);
  CHECK(reply.retry_ms == 1500);
}

TEST_CASE("instance: an exception for lack of memory is marked") {
  Served served;
  CHECK((served.instance.call("/bad-alloc").flags & kErrorOutOfMemory) != 0);
}

TEST_CASE("instance: an entry that does not answer is a fault, and the next call is served") {
  Served served;
  const TestReply silent = served.instance.call("/silent");
  CHECK(silent.failed);
  CHECK((silent.flags & kErrorNoReply) != 0);
  CHECK(silent.body == "the entry returned 0 without a reply");
  CHECK(served.instance.call("/wrong").body == "the entry returned -42 without a reply");
  CHECK(served.instance.call("/echo", "", "next").body == "next");
}

TEST_CASE("instance: a second answer is refused to the function") {
  Served served;
  CHECK(served.instance.call("/twice").body == "first");
  CHECK(served.instance.call("/echo", "", "next").body == "next");
}

TEST_CASE("instance: a reply over its limit names the limit") {
  TestConfig config;
  config.reply_limit = 100'000;
  Served served(config);
  CHECK(served.instance.call("/big", "100000").body.size() == 100'000);
  const TestReply reply = served.instance.call("/big", "100001");
  CHECK(reply.failed);
  CHECK((reply.flags & kErrorReplyLimit) != 0);
  CHECK(reply.body.find("replyLimit") != std::string::npos);
}

TEST_CASE("instance: log lines come before the reply and are bounded by logLimit") {
  TestConfig config;
  config.log_limit = 140;  // a line has 6 + 3 + 5 bytes
  Served served(config);
  const TestReply reply = served.instance.call("/log", "15");
  CHECK(reply.log.size() == 11);
  CHECK(reply.log.front() == "2 a line key=value");
  CHECK(reply.log_dropped == 5);
  CHECK(served.instance.call("/log", "3").log.size() == 3);
  CHECK(served.instance.read_log() == "printed\ncomplained\nprinted\ncomplained\n");
}

TEST_CASE("instance: cancel reaches a call that is running") {
  Served served;
  const auto call = served.instance.send_call("/wait-cancel");
  const auto later = served.instance.send_call("/echo", "", "later");
  CHECK(call < later);
  served.instance.send_frame(FrameType::kCancel, call);
  CHECK(served.instance.next_reply()->body == "cancelled");
  CHECK(served.instance.next_reply()->body == "later");
}

TEST_CASE("instance: a stream goes as far as its credit, and on when there is more") {
  Served served;
  const TestReply reply = served.instance.call("/stream", "1000000");
  CHECK_FALSE(reply.failed);
  CHECK(reply.body.size() == 1'000'000);

  served.instance.automatic_credit = false;
  const auto call = served.instance.send_call("/stream", "100000");
  served.instance.send_frame(FrameType::kCancel, call);
  const auto broken = served.instance.next_reply();
  REQUIRE(broken);
  CHECK(broken->failed);
  CHECK(broken->body == "the entry returned -3 before the end of its stream");
}

TEST_CASE("instance: one that is told to go runs STOP and leaves in order") {
  WardenFixture warden;
  auto made = warden.adopt(std::string(SOJOURN_TEST_OBJECTS) + "/load0.so");
  REQUIRE(made);
  REQUIRE(made->load("load_entry")->head.outcome == LoadOutcome::kOk);
  TestInstance instance = made->fork();
  REQUIRE(instance.start() == "");
  const Grant none{0};
  instance.send_frame(FrameType::kGrant, 0, {reinterpret_cast<const char*>(&none), sizeof none});
  CHECK(instance.ended());
  CHECK(instance.read_log() == "stopped\n");
  const auto exit = made->next_exit();
  REQUIRE(exit);
  CHECK(exit->status == 0);
}

TEST_CASE("instance: a one-shot instance leaves after its reply") {
  TestConfig config;
  config.one_shot = true;
  Served served(config);
  CHECK(served.instance.call("/echo", "", "once").body == "once");
  CHECK(served.instance.ended());
  CHECK(served.made->next_exit()->status == 0);
}

TEST_CASE("instance: how it died is told by its template") {
  Served served;
  struct End {
    const char* path;
    int signal;
    int code;
  };
  for (const End& end : {End{"/crash", SIGSEGV, 0}, End{"/abort", SIGABRT, 0}, End{"/exit", 0, 7}}) {
    CAPTURE(std::string(end.path));
    TestInstance instance = served.made->fork();
    REQUIRE(instance.start() == "");
    instance.send_call(end.path);
    CHECK_FALSE(instance.next_reply());
    const auto exit = served.made->next_exit();
    REQUIRE(exit);
    CHECK(exit->serial == instance.serial);
    CHECK((WIFSIGNALED(exit->status) ? WTERMSIG(exit->status) : 0) == end.signal);
    CHECK((WIFEXITED(exit->status) ? WEXITSTATUS(exit->status) : 0) == end.code);
  }
  CHECK(served.instance.call("/echo", "", "neighbour").body == "neighbour");
}
