// A data directory on a file system that is full: what needs room is refused in words, nothing is broken, what is
// deployed is served, also by a gateway that starts anew; and with room again everything works.
#include <doctest/doctest.h>
#include <signal.h>

#include "tests/harness/server.h"
#include "tests/harness/small_disk.h"

namespace sojourn::test {

using namespace std::chrono_literals;

TEST_CASE("storage: on a full disk deploys are refused in words, what is deployed is served, and room heals it") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    MESSAGE("skipped by name: needs root to mount a file system");
    return;
  }
  Server server({.arguments = {"--dev"}, .data = disk.path() / "data", .uid = {}, .program = {}, .launcher = {}});
  REQUIRE(server.deploy("app", test_function("versioned-one")).status == 201);
  REQUIRE(server.get("/function/app").body == "one 1\n");
  disk.fill();

  for (const char* object : {"probe", "stages"}) {
    const Reply refused = server.deploy("app", test_function(object));
    CAPTURE(refused.body);
    CHECK(refused.status == 503);
    CHECK(refused.error_code() == "store_unavailable");
    CHECK(refused.headers.contains("retry-after"));
    CHECK(refused.body.find("No space left") != std::string::npos);
    CHECK(refused.body.find(disk.path().string()) == std::string::npos);
  }
  const Finished command = server.cli({"deploy", test_function("probe").string(), "--name", "app"});
  CHECK(command.status == 1);
  CHECK(command.errors.find("No space left") != std::string::npos);
  CHECK(server.get("/function/app").body == "one 1\n");

  const pid_t gateway = server.processes("__gateway").front();
  ::kill(gateway, SIGKILL);
  CHECK(eventually([&] { return server.get("/function/app").body == "one 1\n"; }, 20s));

  disk.free();
  const Reply deployed = server.deploy("app", test_function("versioned-two"));
  CAPTURE(deployed.body);
  CHECK(deployed.status == 201);
  CHECK(server.get("/function/app").body == "two 2\n");
  CHECK(server.get("/function/app@1").body == "one 1\n");
  const std::string repository = server.data() / "deployments.git";
  const Finished check = run({"git", "-c", "safe.directory=" + repository, "-C", repository, "fsck", "--strict"});
  CAPTURE(check.errors);
  CHECK(check.status == 0);
}

}  // namespace sojourn::test
