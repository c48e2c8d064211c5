// Nobody notices a redeploy.
#include <doctest/doctest.h>

#include "tests/harness/server.h"
#include "tests/harness/steady_load.h"

namespace sojourn::test {

using namespace std::chrono_literals;

TEST_CASE("redeploy: 500 requests a second through 20 redeploys, good and bad alternating, none fails") {
  Server server;
  REQUIRE(server.deploy("app", test_function("versioned-one"), "?instances.min=1").status == 201);
  REQUIRE(server.get("/function/app").status == 200);
  SteadyLoad load(server.port(), "/function/app", "", 500, 8);
  sleep_for(500ms);
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    const Reply good = server.deploy("app", test_function(i % 2 == 0 ? "versioned-two" : "versioned-one"));
    CHECK(good.status == 201);
    const Reply bad = server.deploy("app", hostile_act(i % 2 == 0 ? "crash_in_constructor" : "exit_in_constructor"));
    if (bad.status == 422) ++refused;
    sleep_for(100ms);
  }
  const LoadReport seen = load.stop();
  CAPTURE(seen.failures_text());
  CHECK(refused == 20);
  CHECK(seen.failed == 0);
  CHECK(seen.sent > 500);
  MESSAGE(seen.sent << " calls, p50 " << seen.percentile(0.5).count() << " us, p99 " << seen.percentile(0.99).count()
                    << " us");
  CHECK(server.get("/function/app").body == "one 21\n");
}

}  // namespace sojourn::test
