// Instances come and go: reuse, fresh, scale to zero, bounds, drain.
#include <doctest/doctest.h>
#include <future>
#include <set>
#include <signal.h>
#include <unistd.h>

#include "tests/harness/footprint.h"
#include "tests/harness/raw_client.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

std::future<Reply> in_background(Server& server, const std::string& path) {
  return std::async(std::launch::async, [&server, path] { return server.get(path); });
}

}  // namespace

TEST_CASE("lifecycle: reuse serves many calls from one process, fresh gives each its own") {
  Server server;
  REQUIRE(server.deploy("warm", test_function("probe")).status == 201);
  REQUIRE(server.deploy("fresh", test_function("probe"), "?isolation=fresh").status == 201);
  CHECK(server.get("/function/warm/count").body == "1\n");
  CHECK(server.get("/function/warm/count").body == "2\n");
  for (int i = 0; i < 20; ++i) CHECK(server.get("/function/fresh/count").body == "1\n");
}

TEST_CASE("lifecycle: an idle function has no instance, and the next call brings one back") {
  Server server;
  REQUIRE(server.deploy("probe", test_function("probe"), "?instances.idle=300ms").status == 201);
  CHECK(server.get("/function/probe").status == 200);
  const auto instances = [&] {
    const std::string body = server.api("GET", "/functions/probe").body;
    return std::stoi(body.substr(body.find("\"instances\":", body.find("\"stats\"")) + 12));
  };
  CHECK(instances() >= 1);
  CHECK(eventually([&] { return instances() == 0; }, 5s));
  CHECK(server.get("/function/probe").body == "probe\n");
  CHECK(instances() == 1);
}

TEST_CASE("lifecycle: slow calls run side by side up to max, and wait behind it") {
  Server server;
  REQUIRE(server.deploy("probe", test_function("probe"), "?instances.max=4").status == 201);
  std::vector<std::future<Reply>> calls;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 8; ++i) calls.push_back(in_background(server, "/function/probe/sleep?ms=500"));
  for (auto& call : calls) CHECK(call.get().body == "slept\n");
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= 1000ms);
  CHECK(took < 3500ms);
}

TEST_CASE("lifecycle: a full backlog is 429 and a long wait is 503, both with Retry-After") {
  Server server;
  REQUIRE(
      server.deploy("probe", test_function("probe"), "?instances.max=1&backlog.length=2&backlog.wait=400ms").status ==
      201);
  std::vector<std::future<Reply>> calls;
  for (int i = 0; i < 6; ++i) calls.push_back(in_background(server, "/function/probe/sleep?ms=1500"));
  int served = 0, limited = 0, waited = 0;
  for (auto& call : calls) {
    const Reply reply = call.get();
    if (reply.status == 200) ++served;
    if (reply.error_code() == "concurrency_limited") ++limited;
    if (reply.error_code() == "no_capacity") ++waited;
    if (reply.status != 200) CHECK(reply.headers.contains("retry-after"));
  }
  CHECK(served == 1);
  CHECK(limited == 3);
  CHECK(waited == 2);
}

TEST_CASE("lifecycle: SIGTERM lets running calls finish and refuses new ones") {
  Server server;
  REQUIRE(server.deploy("probe", test_function("probe")).status == 201);
  auto running = in_background(server, "/function/probe/sleep?ms=5000");
  sleep_for(300ms);
  server.process().signal(SIGTERM);
  CHECK(eventually([&] { return server.get("/readyz").error_code() == "draining"; }, 4s));
  const Reply refused = server.get("/events", {"-H", "content-type: application/cloudevents+json", "-d", "{}"});
  CHECK(refused.status == 503);
  CHECK(refused.error_code() == "draining");
  CHECK(refused.headers.at("retry-after") == "1");
  CHECK(running.get().body == "slept\n");
  CHECK(server.process().wait(20s).status == 0);
}

TEST_CASE("lifecycle: one call's crash is nobody else's") {
  Server server;
  REQUIRE(server.deploy("probe", test_function("probe"), "?instances.max=2").status == 201);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::future<Reply>> others;
    auto crash = in_background(server, "/function/probe/crash");
    for (int i = 0; i < 6; ++i) others.push_back(in_background(server, "/function/probe/sleep?ms=20"));
    const Reply crashed = crash.get();
    CHECK(crashed.status == 502);
    CHECK(crashed.error_code() == "function_crashed");
    for (auto& other : others) {
      const Reply reply = other.get();
      CAPTURE(reply.body);
      CHECK((reply.status == 200 || reply.status == 503));
    }
    sleep_for(500ms);
  }
}

TEST_CASE("lifecycle: serving as an ordinary user works and is told by status") {
  if (::getuid() != 0) {
    MESSAGE("skipped by name: needs root to become another user");
    return;
  }
  Server server({.arguments = {"--dev"}, .data = {}, .uid = 65534});
  REQUIRE(server.deploy("probe", test_function("probe")).status == 201);
  CHECK(server.get("/function/probe").body == "probe\n");
  const Reply status = server.api("GET", "/status");
  CAPTURE(status.body);
  CHECK(status.body.find("single uid") != std::string::npos);
  CHECK(server.deploy("reader", hostile_act("read_host_files")).status == 201);
  CHECK(server.get("/function/reader").body == "none");
  CHECK(server.stop().status == 0);
}

TEST_CASE("lifecycle: after everything is removed nothing is left") {
  Server server;
  REQUIRE(server.deploy("first", test_function("probe")).status == 201);
  REQUIRE(server.get("/function/first").status == 200);
  const Footprint before = footprint(server);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(server.deploy("extra", test_function(i % 2 == 0 ? "versioned-one" : "versioned-two")).status == 201);
    REQUIRE(server.get("/function/extra").status == 200);
  }
  REQUIRE(server.api("DELETE", "/functions/extra").status == 200);
  const bool back = eventually(
      [&] {
        const Footprint now = footprint(server);
        return now.processes <= before.processes && now.cgroups <= before.cgroups && now.stems <= before.stems &&
               now.gateway_descriptors <= before.gateway_descriptors + 2;
      },
      10s);
  CHECK_MESSAGE(back, "before: " << before.text() << "; after: " << footprint(server).text());
}

}  // namespace sojourn::test
