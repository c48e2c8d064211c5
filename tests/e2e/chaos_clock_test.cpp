// A monotonic clock that is years away from when the machine started, as after a machine was moved or restored: nobody
// counts on where it begins, timeouts and idle times hold. In a time namespace of the test's own, so that no other
// process notices. (A wall clock that jumps is the repository's and the tokens' matter, and in their tests.)
#include <doctest/doctest.h>

#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

TEST_CASE("clock: with a monotonic clock years ahead calls are served, time out and leave no instance behind") {
  const std::vector<std::string> elsewhere = {
      "unshare", "--time", "--monotonic=2000000000", "--boottime=2000000000", "--fork", "--kill-child=KILL", "--"};
  if (run({"unshare", "--time", "--monotonic=2000000000", "--fork", "true"}).status != 0) {
    MESSAGE("skipped by name: no time namespace can be made here");
    return;
  }
  Server server({.arguments = {"--dev"}, .data = {}, .uid = {}, .program = {}, .launcher = elsewhere});
  REQUIRE(server.deploy("probe", test_function("probe"), "?timeout=1s&instances.idle=500ms").status == 201);
  CHECK(server.get("/function/probe").body == "probe\n");
  const auto begun = std::chrono::steady_clock::now();
  const Reply late = server.get("/function/probe/sleep?ms=20000");
  CHECK(late.status == 504);
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
  const Reply left = server.get("/function/probe/left");
  CHECK(std::stoi(left.body) > 0);
  CHECK(std::stoi(left.body) <= 1000);
  CHECK(eventually(
      [&] { return server.api("GET", "/functions/probe").body.find("\"instances\":0") != std::string::npos; }, 20s));
  CHECK(server.get("/function/probe").body == "probe\n");
}

}  // namespace sojourn::test
