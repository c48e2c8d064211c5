// kill -9 of each kind of process in turn: what runs comes back by itself, and nothing is left behind.
#include <algorithm>
#include <doctest/doctest.h>
#include <set>
#include <signal.h>

#include "tests/harness/footprint.h"
#include "tests/harness/raw_client.h"
#include "tests/harness/server.h"
#include "tests/harness/steady_load.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() {
    REQUIRE(server.deploy("hello", example("hello"), "?instances.min=1").status == 201);
    REQUIRE(server.deploy("probe", test_function("probe")).status == 201);
    REQUIRE(server.get("/function/hello").status == 200);
    REQUIRE(server.get("/function/probe").status == 200);
    before = footprint(server);
  }
  // Both functions answer again within `patience`; the longest that a single attempt may fail is inside it.
  bool back(std::chrono::milliseconds patience) {
    return eventually(
        [&] { return server.get("/function/hello").status == 200 && server.get("/function/probe").status == 200; },
        patience);
  }
  void check_nothing_left() {
    const bool same = eventually(
        [&] {
          const Footprint now = footprint(server);
          return now.processes <= before.processes && now.host_mounts <= before.host_mounts &&
                 now.cgroups <= before.cgroups && now.stems <= before.stems;
        },
        5s);
    CHECK_MESSAGE(same, "before: " << before.text() << "; after: " << footprint(server).text());
  }
  Server server;
  Footprint before;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "chaos: a killed instance fails only its call") {
  // Instances are forks of templates, and so carry their name.
  const auto family = server.processes("template");
  std::set<pid_t> templates;
  for (pid_t pid : family) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    const pid_t parent = std::stoi(status.substr(status.find("PPid:\t") + 6));
    if (std::find(family.begin(), family.end(), parent) == family.end()) continue;
    templates.insert(parent);
    ::kill(pid, SIGKILL);
  }
  CHECK(templates.size() == 2);
  CHECK(back(1s));
  for (pid_t pid : templates) CHECK(::kill(pid, 0) == 0);
  check_nothing_left();
}

TEST_CASE_FIXTURE(Fixture, "chaos: killed templates come back within a second") {
  for (pid_t victim : server.processes("template")) ::kill(victim, SIGKILL);
  CHECK(back(1s));
  check_nothing_left();
}

TEST_CASE_FIXTURE(Fixture, "chaos: a killed warden comes back within a second, and takes its sandboxes with it") {
  const auto wardens = server.processes("__warden");
  REQUIRE(wardens.size() == 1);
  ::kill(wardens.front(), SIGKILL);
  CHECK(back(1s));
  CHECK(server.processes("__warden").front() != wardens.front());
  check_nothing_left();
}

TEST_CASE_FIXTURE(Fixture, "chaos: a killed gateway comes back within a second without one refused connection") {
  const auto gateways = server.processes("__gateway");
  REQUIRE(gateways.size() == 1);
  ::kill(gateways.front(), SIGKILL);
  int refused = 0, served = 0;
  const auto begin = std::chrono::steady_clock::now();
  while (served < 20 && std::chrono::steady_clock::now() - begin < 5s) {
    RawClient client(server.port());
    if (!client.connected()) {
      ++refused;
      continue;
    }
    client.send("GET /function/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto response = client.read_response(2s);
    if (response && response->status == 200) ++served;
  }
  CHECK(refused == 0);
  CHECK(served == 20);
  CHECK(std::chrono::steady_clock::now() - begin < 1500ms);
  CHECK(back(1s));
  check_nothing_left();
}

TEST_CASE_FIXTURE(Fixture, "chaos: a killed supervisor leaves no process") {
  const auto below = server.descendants();
  REQUIRE(below.size() >= 3);
  server.process().signal(SIGKILL);
  server.process().wait(2s);
  const bool gone = eventually(
      [&] {
        for (pid_t pid : below) {
          if (::kill(pid, 0) == 0) return false;
        }
        return true;
      },
      2s);
  CHECK(gone);
}

TEST_CASE_FIXTURE(Fixture, "chaos: each killed in turn under load, and the connections that survive see answers") {
  for (const char* kind : {"template", "__warden", "template", "__gateway", "__warden"}) {
    CAPTURE(kind);
    for (pid_t victim : server.processes(kind)) ::kill(victim, SIGKILL);
    CHECK(back(1s));
  }
  check_nothing_left();
}

}  // namespace sojourn::test
