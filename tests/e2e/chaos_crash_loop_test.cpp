// A function that crashes again and again: its callers are told, and when to come back; it is started less and less
// often; its neighbour notices nothing; and a good deploy ends it at once.
#include <doctest/doctest.h>
#include <set>
#include <signal.h>

#include "tests/harness/server.h"
#include "tests/harness/steady_load.h"

namespace sojourn::test {

using namespace std::chrono_literals;

TEST_CASE("crash loop: callers get 502 or 503 with Retry-After, templates are replaced after a pause, a deploy heals") {
  Server server;
  REQUIRE(server.deploy("bad", test_function("probe")).status == 201);
  REQUIRE(server.deploy("good", example("hello"), "?instances.min=1").status == 201);
  REQUIRE(server.get("/function/good").status == 200);
  REQUIRE(server.get("/function/bad").status == 200);
  SteadyLoad neighbour(server.port(), "/function/good", "hello", 50);

  int crashed = 0, paused = 0;
  long longest_pause = 0;
  const auto end = std::chrono::steady_clock::now() + 15s;
  while (std::chrono::steady_clock::now() < end) {
    const Reply reply = server.get("/function/bad/crash");
    CAPTURE(reply.body);
    if (reply.status == 502) {
      CHECK(reply.error_code() == "function_crashed");
      ++crashed;
      continue;
    }
    REQUIRE(reply.status == 503);
    CHECK(reply.error_code() == "no_capacity");
    CHECK(reply.body.find("crashed too often") != std::string::npos);
    REQUIRE(reply.headers.contains("retry-after"));
    longest_pause = std::max(longest_pause, std::stol(reply.headers.at("retry-after")));
    ++paused;
    sleep_for(20ms);
  }
  CHECK(crashed >= 6);
  CHECK(paused > 0);
  // 1 s, then 2 s, then 4 s: without a pause there would be hundreds of crashes.
  CHECK(crashed < 40);
  CHECK(longest_pause >= 2);
  MESSAGE(crashed << " crashes, " << paused << " refusals, a pause of up to " << longest_pause << " s");

  CHECK(server.deploy("bad", test_function("versioned-one")).status == 201);
  CHECK(server.get("/function/bad").body == "one 2\n");
  const LoadReport seen = neighbour.stop();
  CAPTURE(seen.failures_text());
  CHECK(seen.failed == 0);
  CHECK(seen.sent > 200);
}

TEST_CASE("crash loop: a version that went bad is well again once its pause is over") {
  Server server;
  REQUIRE(server.deploy("probe", test_function("probe")).status == 201);
  for (int i = 0; i < 40 && server.get("/function/probe/crash").status == 502; ++i) {
  }
  const Reply refused = server.get("/function/probe");
  REQUIRE(refused.status == 503);
  const long pause = std::stol(refused.headers.at("retry-after"));
  CHECK(pause <= 60);
  sleep_for(std::chrono::seconds(pause));
  CHECK(eventually([&] { return server.get("/function/probe").body == "probe\n"; }, 5s));
}

}  // namespace sojourn::test
