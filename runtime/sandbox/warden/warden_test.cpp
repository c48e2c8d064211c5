// The warden itself: what it gives away, whom it kills, what it leaves behind.
#include "runtime/sandbox/warden/warden.h"

#include <doctest/doctest.h>
#include <errno.h>
#include <fstream>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/sandbox/warden/warden_fixture.h"

using namespace sojourn;

namespace {

std::vector<TestUser> users() {
  if (::geteuid() == 0) return {TestUser::kSelf, TestUser::kNobody};
  return {TestUser::kSelf};
}

bool gone(pid_t pid) {
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

TestTemplate loaded(WardenFixture& warden) {
  auto made = warden.adopt(SOJOURN_TEST_ACTS);
  REQUIRE(made);
  REQUIRE(made->load("acts_entry")->head.outcome == LoadOutcome::kOk);
  return *std::move(made);
}

TestInstance started(TestTemplate& made) {
  TestInstance instance = made.fork();
  REQUIRE(instance.start() == "");
  return instance;
}

}  // namespace

TEST_CASE("warden: its hello names the walls that stand") {
  for (const TestUser user : users()) {
    WardenFixture warden(user);
    CHECK(warden.hello.error == 0);
    const std::uint64_t needed = kWallUserNamespace | kWallPidNamespace | kWallMountNamespace | kWallNetworkNamespace |
                                 kWallIpcNamespace | kWallUtsNamespace | kWallPivotRoot | kWallSeccomp |
                                 kWallNoNewPrivileges | kWallRlimits;
    CHECK((warden.hello.walls & needed) == needed);
  }
}

TEST_CASE("warden: one that cannot start says why in its hello") {
  WardenFixture warden(TestUser::kSelf, "nowhere");
  CHECK(warden.hello.walls == 0);
  CHECK(warden.hello.error != 0);
  CHECK(std::string(warden.hello.step.data()).substr(0, 5) == "open ");
  CHECK(WEXITSTATUS(warden.stop()) == 1);
}

TEST_CASE("warden: an artifact becomes a template whose instance answers") {
  for (const TestUser user : users()) {
    WardenFixture warden(user);
    TestTemplate made = loaded(warden);
    CHECK(started(made).call("/echo", "", "hi").body == "hi");
  }
}

TEST_CASE("warden: the same artifact is given again and again, though links change its time") {
  WardenFixture warden;
  struct stat before {};
  REQUIRE(::stat(warden.store(SOJOURN_TEST_ACTS).c_str(), &before) == 0);
  std::vector<TestTemplate> made;
  for (int index = 0; index < 8; ++index) made.push_back(loaded(warden));
  for (TestTemplate& one : made) CHECK(started(one).call("/echo", "", "x").body == "x");
  struct stat after {};
  REQUIRE(::stat(warden.store(SOJOURN_TEST_ACTS).c_str(), &after) == 0);
  CHECK(after.st_nlink == 1);
}

TEST_CASE("warden: a file that is not the one that was verified is refused") {
  WardenFixture warden;
  const std::string path = warden.store(SOJOURN_TEST_ACTS);
  AdoptRequest request{};
  request.type = WardenMessageType::kAdopt;
  request.id = 77;
  request.digest = Digest::from_hex(path.substr(path.rfind('/') + 1))->bytes;
  request.memory = 64u << 20;
  request.tmp = 16u << 20;
  REQUIRE(::send(warden.link.get(), &request, sizeof request, 0) == sizeof request);
  AdoptReply reply{};
  REQUIRE(::recv(warden.link.get(), &reply, sizeof reply, 0) == sizeof reply);
  CHECK(reply.type == WardenMessageType::kRefused);
  CHECK(reply.id == 77);
  CHECK(std::string(reply.step.data()) == "the artifact changed");
}

TEST_CASE("warden: an artifact that is not there is refused by name of the step") {
  WardenFixture warden;
  AdoptRequest request{};
  request.type = WardenMessageType::kAdopt;
  request.id = 78;
  REQUIRE(::send(warden.link.get(), &request, sizeof request, 0) == sizeof request);
  AdoptReply reply{};
  REQUIRE(::recv(warden.link.get(), &reply, sizeof reply, 0) == sizeof reply);
  CHECK(reply.type == WardenMessageType::kRefused);
  CHECK(std::string(reply.step.data()) == "find the artifact");
  CHECK(reply.error == ENOENT);
}

TEST_CASE("warden: it kills an instance, and only one of the template that was named") {
  for (const TestUser user : users()) {
    WardenFixture warden(user);
    TestTemplate first = loaded(warden);
    TestTemplate second = loaded(warden);
    TestInstance victim = started(first);
    TestInstance neighbour = started(first);
    TestInstance other = started(second);

    warden.kill(first.id, other.pid);
    warden.kill(first.id, warden.pid);
    warden.kill(first.id, ::getpid());
    warden.kill(first.id, 1);
    victim.send_call("/hang");
    warden.kill(first.id, victim.pid);
    CHECK(victim.ended());
    const auto exit = first.next_exit();
    REQUIRE(exit);
    CHECK(exit->serial == victim.serial);
    CHECK(WTERMSIG(exit->status) == SIGKILL);
    CHECK(neighbour.call("/echo", "", "a").body == "a");
    CHECK(other.call("/echo", "", "b").body == "b");
  }
}

TEST_CASE("warden: a killed template takes its instances along and is reported") {
  for (const TestUser user : users()) {
    WardenFixture warden(user);
    TestTemplate made = loaded(warden);
    TestInstance first = started(made);
    TestInstance second = started(made);
    second.send_call("/spin");
    warden.kill(made.id);
    const DiedReport died = warden.next_died();
    CHECK(died.id == made.id);
    CHECK(WTERMSIG(died.status) == SIGKILL);
    CHECK(first.ended());
    CHECK(second.ended());
    CHECK(gone(first.pid));
    CHECK(gone(second.pid));
  }
}

TEST_CASE("warden: a template ends when the gateway drops its control socket") {
  WardenFixture warden;
  TestTemplate made = loaded(warden);
  TestInstance instance = started(made);
  made.control.reset();
  CHECK(warden.next_died().id == made.id);
  CHECK(instance.ended());
}

TEST_CASE("warden: when its link ends, everything it made is gone") {
  for (const TestUser user : users()) {
    WardenFixture warden(user);
    TestTemplate made = loaded(warden);
    TestInstance instance = started(made);
    instance.send_call("/spin");
    CHECK(warden.stems() >= 1);
    CHECK(warden.stop() == 0);
    CHECK(gone(made.pid));
    CHECK(gone(instance.pid));
    CHECK(warden.stems() == 0);
    CHECK(cgroups_named(warden.cgroup_name()) == 0);
  }
}

TEST_CASE("warden: killed by force it takes every template and instance along") {
  for (const TestUser user : users()) {
    WardenFixture warden(user);
    TestTemplate made = loaded(warden);
    TestInstance instance = started(made);
    instance.send_call("/spin");
    warden.kill_warden();
    CHECK(eventually([&] { return gone(made.pid) && gone(instance.pid); }));
    // What it could not clean up any more, the next one does.
    CHECK(warden.stems() > 0);
    warden.start_again();
    TestTemplate next = loaded(warden);
    CHECK(started(next).call("/echo", "", "back").body == "back");
    CHECK(warden.stop() == 0);
    CHECK(warden.stems() == 0);
    CHECK(cgroups_named(warden.cgroup_name()) == 0);
  }
}

TEST_CASE("warden: groups of a server that never came back are removed by the next one anywhere") {
  WardenFixture killed;
  const std::string abandoned = killed.cgroup_name();
  killed.kill_warden();
  WardenFixture living;
  // At its start, or, when the dead one's processes took longer to end, at that of the next.
  CHECK(eventually([&] {
    const WardenFixture other;
    return cgroups_named(abandoned) == 0;
  }));
  if ((living.hello.walls & kWallCgroupMemory) != 0) CHECK(cgroups_named(living.cgroup_name()) > 0);
  TestTemplate made = loaded(living);
  CHECK(started(made).call("/echo", "", "mine").body == "mine");
}

TEST_CASE("warden: it does not take user code's word for anything on the link to its templates") {
  WardenFixture warden;
  TestTemplate made = loaded(warden);
  // The control socket is the gateway's; nonsense on the warden's own link is passed over.
  const char nonsense[] = "nonsense";
  REQUIRE(::send(warden.link.get(), nonsense, sizeof nonsense, 0) == sizeof nonsense);
  CHECK(started(made).call("/echo", "", "fine").body == "fine");
}
