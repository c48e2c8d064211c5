// Each wall, seen to hold from the inside: as root, where templates have uids of their own, and as an ordinary user.
#include <doctest/doctest.h>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "runtime/sandbox/warden/warden_fixture.h"

using namespace sojourn;

namespace {

std::vector<TestUser> users() {
  if (::geteuid() == 0) return {TestUser::kSelf, TestUser::kNobody};
  return {TestUser::kSelf};
}

struct Sandbox {
  explicit Sandbox(TestUser user, const TestLimits& limits = {})
      : warden(user), made(warden.adopt(SOJOURN_TEST_ACTS, limits)) {
    REQUIRE(made);
    const auto loaded = made->load("acts_entry");
    REQUIRE(loaded);
    REQUIRE_MESSAGE(loaded->head.outcome == LoadOutcome::kOk, loaded->reason);
  }
  TestInstance instance(const TestConfig& config = {}) {
    TestInstance forked = made->fork();
    REQUIRE(forked.start(config) == "");
    return forked;
  }

  WardenFixture warden;
  std::optional<TestTemplate> made;
};

struct Attempt {
  const char* path;
  const char* outcome;
};

}  // namespace

TEST_CASE("walls: what a program may try and go on without is refused") {
  constexpr Attempt kAttempts[] = {
      {"/open-passwd", "errno ENOENT"}, {"/open-proc", "errno ENOENT"},   {"/open-dev", "errno ENOENT"},
      {"/create-fn", "errno EROFS"},    {"/create-root", "errno EROFS"},  {"/create-lib", "errno EROFS"},
      {"/read-lib", "done "},           {"/write-tmp", "done "},          {"/socket", "errno EPERM"},
      {"/socket-udp", "errno EPERM"},   {"/socket-unix", "errno EPERM"},  {"/fork", "errno EPERM"},
      {"/exec", "errno EPERM"},         {"/kill", "errno EPERM"},         {"/kill-all", "errno EPERM"},
      {"/clone3", "errno ENOSYS"},      {"/userns", "errno EPERM"},       {"/setuid", "errno EPERM"},
      {"/hostname", "sojourn"},         {"/raise-nofile", "errno EPERM"},
  };
  for (const TestUser user : users()) {
    Sandbox sandbox(user);
    TestInstance instance = sandbox.instance();
    for (const Attempt& attempt : kAttempts) {
      CAPTURE(std::string(attempt.path));
      CHECK(instance.call(attempt.path, "1").body == std::string(attempt.outcome));
    }
    // The link to the artifact may be gone already.
    const std::string own_object = instance.call("/write-fn").body;
    CHECK((own_object == "errno EACCES" || own_object == "errno ENOENT"));
  }
}

TEST_CASE("walls: what no honest program asks for ends the instance with SIGSYS and nothing else") {
  for (const TestUser user : users()) {
    Sandbox sandbox(user);
    TestInstance neighbour = sandbox.instance();
    for (const char* path : {"/ptrace", "/readv", "/mount", "/unshare", "/io_uring", "/int80"}) {
      CAPTURE(std::string(path));
      TestInstance instance = sandbox.instance();
      instance.send_call(path, "1");
      CHECK_FALSE(instance.next_reply());
      const auto exit = sandbox.made->next_exit();
      REQUIRE(exit);
      CHECK(exit->serial == instance.serial);
      CHECK(WIFSIGNALED(exit->status));
      CHECK(WTERMSIG(exit->status) == SIGSYS);
      CHECK(neighbour.call("/echo", "", "still here").body == "still here");
    }
  }
}

TEST_CASE("walls: siblings cannot signal each other or their template") {
  Sandbox sandbox(TestUser::kSelf);
  if ((sandbox.warden.hello.walls & kWallLandlockScope) == 0) return;
  TestInstance first = sandbox.instance();
  TestInstance second = sandbox.instance();
  const std::string uid_and_pid = second.call("/uid").body;
  const std::string pid = uid_and_pid.substr(uid_and_pid.find("pid ") + 4);
  CHECK(first.call("/tgkill", pid).body == "errno EPERM");
  CHECK(first.call("/tgkill", "1").body == "errno EPERM");
  CHECK(second.call("/echo", "", "alive").body == "alive");
}

TEST_CASE("walls: a template made by root has a user of its own, and is uid 0 of nothing but itself") {
  if (::geteuid() != 0) return;
  Sandbox sandbox(TestUser::kSelf);
  CHECK((sandbox.warden.hello.walls & kWallOwnUid) != 0);
  TestInstance instance = sandbox.instance();
  CHECK(instance.call("/uid").body.substr(0, 6) == "uid 0 ");
  struct stat owner {};
  REQUIRE(::stat(("/proc/" + std::to_string(instance.pid)).c_str(), &owner) == 0);
  std::string status = "/proc/" + std::to_string(instance.pid) + "/status";
  FILE* const file = ::fopen(status.c_str(), "r");
  REQUIRE(file != nullptr);
  char line[256];
  unsigned uid = 0;
  unsigned long long capabilities = 1;
  while (::fgets(line, sizeof line, file) != nullptr) {
    ::sscanf(line, "Uid: %u", &uid);
    ::sscanf(line, "CapBnd: %llx", &capabilities);
  }
  ::fclose(file);
  CHECK(uid >= 0x70000000u);
  CHECK(capabilities == 0);
}

TEST_CASE("walls: memory ends in a failed allocation, for this instance alone") {
  for (const TestUser user : users()) {
    TestLimits limits;
    limits.memory = 64u << 20;
    Sandbox sandbox(user, limits);
    TestInstance neighbour = sandbox.instance();
    TestInstance instance = sandbox.instance();
    const std::string got = instance.call("/memory").body;
    const int mib = std::stoi(got);
    CHECK(mib > 48);
    CHECK(mib < 64);
    CHECK(neighbour.call("/echo", "", "fine").body == "fine");
  }
}

TEST_CASE("walls: shared memory, which no limit of a process counts, ends at the cgroup") {
  TestLimits limits;
  limits.memory = 16u << 20;
  limits.instances_max = 1;
  Sandbox sandbox(TestUser::kSelf, limits);
  if ((sandbox.warden.hello.walls & kWallCgroupMemory) == 0) return;
  TestInstance instance = sandbox.instance();
  CHECK(instance.call("/shared-memory", "1048576").body == "had it");
  CHECK(instance.call("/shared-memory", "1073741824").body == "errno ENOMEM");
  instance.send_call("/shared-memory", "104857600");
  CHECK_FALSE(instance.next_reply());
  const auto exit = sandbox.made->next_exit();
  REQUIRE(exit);
  CHECK(WTERMSIG(exit->status) == SIGKILL);
  sandbox.warden.kill(sandbox.made->id);
  CHECK(sandbox.warden.next_died().oom_kills >= 1);
}

TEST_CASE("walls: a request's body beyond the memory limit is an error that says so, and not the end") {
  TestLimits limits;
  limits.memory = 16u << 20;
  Sandbox sandbox(TestUser::kSelf, limits);
  TestInstance instance = sandbox.instance();
  const TestReply reply = instance.call("/echo", "", std::string(20u << 20, 'x'));
  CHECK(reply.failed);
  CHECK((reply.flags & kErrorOutOfMemory) != 0);
  CHECK(instance.call("/echo", "", "next").body == "next");
}

TEST_CASE("walls: /tmp is as large as the function may have it") {
  for (const TestUser user : users()) {
    Sandbox usual(user);
    CHECK(std::stoi(usual.instance().call("/fill-tmp").body) == 16);
    TestLimits limits;
    limits.tmp = 4u << 20;
    Sandbox small(user, limits);
    CHECK(std::stoi(small.instance().call("/fill-tmp").body) == 4);
  }
}

TEST_CASE("walls: threads are bounded") {
  for (const TestUser user : users()) {
    TestLimits limits;
    limits.instances_max = 1;
    limits.threads = 8;
    Sandbox sandbox(user, limits);
    CAPTURE(static_cast<int>(user));
    const int threads = std::stoi(sandbox.instance().call("/threads", "200").body);
    CHECK(threads >= 8);
    CHECK(threads < 24);
  }
}
