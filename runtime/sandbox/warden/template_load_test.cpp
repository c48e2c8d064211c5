// What an object can do while it is loaded, and what of it reaches the gateway.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/sandbox/warden/warden_fixture.h"

using namespace sojourn;

namespace {

std::string object(int act) {
  return std::string(SOJOURN_TEST_OBJECTS) + "/load" + std::to_string(act) + ".so";
}

}  // namespace

TEST_CASE("load: INIT runs once and what it built is in every instance, START runs in each") {
  WardenFixture warden;
  auto made = warden.adopt(object(0));
  REQUIRE(made);
  const auto loaded = made->load("load_entry");
  REQUIRE(loaded);
  CHECK_MESSAGE(loaded->head.outcome == LoadOutcome::kOk, loaded->reason);
  CHECK(loaded->head.threads == 1);
  CHECK(made->read_log() == "info init was here\n");
  for (int index = 0; index < 3; ++index) {
    TestInstance instance = made->fork();
    REQUIRE(instance.start() == "");
    CHECK(instance.call("/").body == "started 1 counted 42");
    CHECK(instance.call("/").body == "started 1 counted 43");
  }
}

TEST_CASE("load: a constructor that aborts ends the template and nothing else") {
  WardenFixture warden;
  auto made = warden.adopt(object(1));
  REQUIRE(made);
  CHECK_FALSE(made->load("load_entry"));
  const DiedReport died = warden.next_died();
  CHECK(died.id == made->id);
  CHECK(WIFSIGNALED(died.status));
  auto next = warden.adopt(SOJOURN_TEST_ACTS);
  REQUIRE(next);
  CHECK(next->load("acts_entry")->head.outcome == LoadOutcome::kOk);
}

TEST_CASE("load: a constructor that calls exit shows its status") {
  WardenFixture warden;
  auto made = warden.adopt(object(5));
  REQUIRE(made);
  CHECK_FALSE(made->load("load_entry"));
  const DiedReport died = warden.next_died();
  CHECK(WIFEXITED(died.status));
  CHECK(WEXITSTATUS(died.status) == 3);
}

TEST_CASE("load: a constructor that blocks is killed with its template") {
  WardenFixture warden;
  auto made = warden.adopt(object(2));
  REQUIRE(made);
  made->send_load("load_entry");
  ::usleep(20'000);  // it sits in its constructor
  warden.kill(made->id);
  const DiedReport died = warden.next_died();
  CHECK(died.id == made->id);
  CHECK(WTERMSIG(died.status) == SIGKILL);
}

TEST_CASE("load: a thread left by a constructor is found") {
  WardenFixture warden;
  auto made = warden.adopt(object(3));
  REQUIRE(made);
  const auto loaded = made->load("load_entry");
  REQUIRE(loaded);
  CHECK(loaded->head.outcome == LoadOutcome::kThreadStarted);
  CHECK(loaded->head.threads > 1);
}

TEST_CASE("load: a constructor that forks without end is bounded, and all of it goes with the template") {
  WardenFixture warden;
  TestLimits limits;
  limits.instances_max = 2;
  auto made = warden.adopt(object(4), limits);
  REQUIRE(made);
  made->send_load("load_entry");
  ::usleep(100'000);  // it forks as far as it may
  warden.kill(made->id);
  CHECK(warden.next_died().id == made->id);
}

TEST_CASE("load: what INIT fails with is the reason") {
  WardenFixture warden;
  auto made = warden.adopt(object(6));
  REQUIRE(made);
  const auto loaded = made->load("load_entry");
  REQUIRE(loaded);
  CHECK(loaded->head.outcome == LoadOutcome::kInitFailed);
  CHECK(loaded->reason == "my::error: no data file");
}

TEST_CASE("load: what START fails with is the reason of READY") {
  WardenFixture warden;
  auto made = warden.adopt(object(7));
  REQUIRE(made);
  REQUIRE(made->load("load_entry")->head.outcome == LoadOutcome::kOk);
  TestInstance instance = made->fork();
  CHECK(instance.start() == "my::error: no secret");
}

TEST_CASE("load: an object without the entry, or of another ABI, is refused with the name") {
  WardenFixture warden;
  auto missing = warden.adopt(SOJOURN_TEST_ACTS);
  REQUIRE(missing);
  const auto loaded = missing->load("no_such_entry");
  REQUIRE(loaded);
  CHECK(loaded->head.outcome == LoadOutcome::kNoEntry);
  CHECK(loaded->reason.find("no_such_entry") != std::string::npos);
  auto other = warden.adopt(SOJOURN_TEST_ACTS);
  REQUIRE(other);
  CHECK(other->load("wrong_abi_entry")->head.outcome == LoadOutcome::kNoEntry);
}

TEST_CASE("load: what is not an object is refused by the dynamic loader's words") {
  WardenFixture warden;
  const std::string path = warden.data + "/text.so";
  std::ofstream(path) << "not an object";
  auto made = warden.adopt(path);
  REQUIRE(made);
  const auto loaded = made->load("x");
  REQUIRE(loaded);
  CHECK(loaded->head.outcome == LoadOutcome::kDlopenFailed);
  CHECK(loaded->reason.find("fn.so") != std::string::npos);
}
