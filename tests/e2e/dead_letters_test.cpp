// Looking at what happened to events, and doing it again: events, runs and dead letters, by API and command.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/harness/manifest.h"
#include "tests/harness/server.h"

namespace sojourn::test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

// `flaky` answers every event with 404 until it is deployed anew, which is no failure that trying again would mend.
constexpr const char* kBroken = R"(
functions:
  flaky: {artifact: COURIER, env: {STATUS: "404"}}
pipelines:
  orders:
    triggers: [{event: {}}]
    match: {exact: {type: com.example.order}}
    key: /customer
    onDeadLetter: hold
    steps: [{id: book, call: flaky}]
)";
constexpr const char* kMended = R"(
functions:
  flaky: {artifact: COURIER, env: {STAMP: "!"}}
pipelines:
  orders:
    triggers: [{event: {}}]
    match: {exact: {type: com.example.order}}
    key: /customer
    onDeadLetter: hold
    steps: [{id: book, call: flaky}]
)";

Json json_of(const Reply& reply) {
  Json json = Json::parse(reply.body, nullptr, false);
  REQUIRE_MESSAGE(!json.is_discarded(), reply.body);
  return json;
}

Json look(Server& server, const std::string& path) {
  const Reply reply = server.api("GET", "/" + path);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  return json_of(reply);
}

void publish(Server& server, const std::string& id, const std::string& data,
             const std::string& type = "com.example.order") {
  const Reply reply =
      server.get("/events", {"-H", "ce-specversion: 1.0", "-H", "ce-id: " + id, "-H", "ce-source: /shop", "-H",
                             "ce-type: " + type, "-H", "Content-Type: application/json", "-d", data});
  REQUIRE_MESSAGE(reply.status == 202, reply.body);
}

std::size_t count(Server& server, const std::string& path) {
  return look(server, path)["items"].size();
}

}  // namespace

TEST_CASE("dead letters: what failed for good is kept with its error, redriven when it was mended, and ends the wait") {
  Server server;
  apply_manifest(server, kBroken);
  publish(server, "1", R"({"customer":"ada"})");
  publish(server, "2", R"({"customer":"ada"})");
  REQUIRE(eventually([&] { return count(server, "dead-letters") == 1; }, 20s));

  const Json letter = look(server, "dead-letters/1");
  CHECK(letter["pipeline"] == "orders");
  CHECK(letter["step"] == "book");
  CHECK(letter["attempts"] == 1);
  CHECK(letter["error"]["kind"] == "invalid");
  CHECK(letter["error"]["text"].get<std::string>().find("404") != std::string::npos);
  CHECK(letter["event"]["id"] == "1");
  CHECK(letter["input"]["data"]["customer"] == "ada");
  CHECK(count(server, "runs?state=waiting") == 1);

  const std::string shown = server.cli({"dead-letters"}).output;
  CHECK(shown.find("orders") != std::string::npos);
  CHECK(server.cli({"dead-letters", "show", "1"}).output.find("ada") != std::string::npos);

  const std::string run = letter["run"];
  apply_manifest(server, kMended);
  REQUIRE(server.cli({"dead-letters", "redrive", "1", "--keep-versions"}).status == 0);
  REQUIRE(eventually([&] { return count(server, "dead-letters") == 1; }, 20s));
  CHECK(look(server, "dead-letters")["items"][0]["number"] == 2);
  REQUIRE(server.cli({"dead-letters", "redrive", "2"}).status == 0);
  CHECK(server.api("GET", "/dead-letters/2").error_code() == "dead_letter_not_found");
  REQUIRE(eventually([&] { return look(server, "runs/" + run)["state"] == "done"; }, 20s));
  // The second one waited for the first, and keeps to what it began with.
  REQUIRE(eventually([&] { return count(server, "dead-letters") == 1; }, 20s));
  REQUIRE(server.cli({"dead-letters", "drop", "3"}).status == 0);
  CHECK(count(server, "dead-letters") == 0);
  CHECK(count(server, "runs?state=failed") == 1);
}

TEST_CASE("dead letters: those of a pipeline are redriven together, and dropped one by one") {
  Server server;
  apply_manifest(server, kBroken);
  for (int i = 1; i <= 5; ++i) publish(server, std::to_string(i), R"({"customer":")" + std::to_string(i) + "\"}");
  REQUIRE(eventually([&] { return count(server, "dead-letters?pipeline=orders") == 5; }, 20s));
  CHECK(count(server, "dead-letters?pipeline=other") == 0);
  const Finished all = server.cli({"dead-letters", "redrive", "--pipeline", "orders"});
  CHECK(all.status == 0);
  CHECK(all.output == "redrove 5 dead letters\n");
  REQUIRE(eventually([&] { return count(server, "dead-letters") == 5; }, 20s));
  const Json newest = look(server, "dead-letters?limit=2");
  CHECK(newest["items"].size() == 2);
  const Json next = look(server, "dead-letters?limit=100&after=" + newest["next"].get<std::string>());
  CHECK(next["items"].size() == 3);
  CHECK(server.cli({"dead-letters", "redrive"}).status == 2);
  CHECK(server.cli({"dead-letters", "drop", std::to_string(newest["items"][0]["number"].get<int>())}).status == 0);
  CHECK(count(server, "dead-letters") == 4);
}

TEST_CASE("events: a replay says first what it would begin, and begins it only when asked") {
  Server server;
  apply_manifest(server, kMended);
  for (int i = 1; i <= 3; ++i) publish(server, std::to_string(i), R"({"customer":"x"})");
  publish(server, "4", "{}", "com.example.other");
  REQUIRE(eventually([&] { return count(server, "runs?state=done") == 3; }, 20s));
  CHECK(look(server, "events?type=com.example.o*")["items"].size() == 4);
  CHECK(look(server, "events?type=com.example.order")["items"].size() == 3);
  const Json event = look(server, "events/1");
  CHECK(event["event"]["data"]["customer"] == "x");
  CHECK(event["runs"].size() == 1);

  const Finished dry = server.cli({"events", "replay", "--since", "1h", "--dry-run"});
  CHECK_MESSAGE(dry.status == 0, dry.errors);
  CHECK(dry.output.find("would begin 3 runs of 4 events") != std::string::npos);
  CHECK(count(server, "runs") == 3);
  const Finished real = server.cli({"events", "replay", "--since", "1h", "--type", "com.example.order"});
  CHECK(real.output.find("began 3 runs of 3 events") != std::string::npos);
  CHECK(eventually([&] { return count(server, "runs?state=done") == 6; }, 20s));
}

TEST_CASE("runs: a retry goes by what is deployed now, or when asked by what the run began with") {
  Server server;
  apply_manifest(server, kBroken);
  publish(server, "1", R"({"customer":"ada"})");
  REQUIRE(eventually([&] { return count(server, "dead-letters") == 1; }, 20s));
  const std::string run = look(server, "dead-letters/1")["run"];
  apply_manifest(server, kMended);
  REQUIRE(server.cli({"runs", "retry", run, "--keep-versions"}).status == 0);
  REQUIRE(eventually([&] { return server.api("GET", "/dead-letters/2").status == 200; }, 20s));
  const Finished retried = server.cli({"runs", "retry", run});
  CHECK(retried.output == "redrove 1 dead letters of " + run + "\n");
  CHECK(eventually([&] { return look(server, "runs/" + run)["state"] == "done"; }, 20s));
}

TEST_CASE("runs: the log lines of each attempt are found by the function and the call that the run shows") {
  Server server;
  apply_manifest(server, R"(
functions:
  second: {artifact: COURIER, env: {FAIL_UNTIL: "2"}}
pipelines:
  twice:
    triggers: [{event: {}}]
    defaults: {retry: {attempts: 3, backoff: {initial: 10ms, max: 10ms, jitter: none}}}
    steps: [{id: go, call: second}]
)");
  publish(server, "1", "{}");
  REQUIRE(eventually([&] { return count(server, "runs?state=done") == 1; }, 20s));
  const std::string id = look(server, "runs")["items"][0]["id"];
  const Json step = look(server, "runs/" + id)["steps"][0];
  CHECK(step["function"] == "second@1");
  REQUIRE(step["callIds"].size() == 2);
  for (int attempt = 1; attempt <= 2; ++attempt) {
    const std::string call = step["callIds"][static_cast<std::size_t>(attempt - 1)];
    std::string lines;
    CHECK(eventually(
        [&] {
          lines = server.cli({"logs", "second", "--call", call}).output;
          return lines.find("attempt " + std::to_string(attempt)) != std::string::npos;
        },
        20s));
    CHECK(lines.find("attempt " + std::to_string(3 - attempt)) == std::string::npos);
  }
  const std::string shown = server.cli({"runs", "show", id}).output;
  CHECK(shown.find("second@1") != std::string::npos);
  CHECK(shown.find(step["callIds"][1].get<std::string>()) != std::string::npos);
}

TEST_CASE("runs: one that waits for its next attempt is cancelled, once") {
  Server server;
  apply_manifest(server, R"(
functions:
  slow: {artifact: COURIER, env: {STATUS: "503"}}
pipelines:
  later:
    triggers: [{event: {}}]
    defaults: {retry: {attempts: 5, backoff: {initial: 10m, max: 10m, jitter: none}}}
    steps: [{call: slow}]
)");
  publish(server, "1", "{}");
  REQUIRE(eventually([&] { return count(server, "runs?state=running") == 1; }, 20s));
  const std::string id = look(server, "runs")["items"][0]["id"];
  REQUIRE(eventually([&] { return look(server, "runs/" + id)["steps"][0]["failures"].size() == 1; }, 20s));
  const Json step = look(server, "runs/" + id)["steps"][0];
  CHECK(step["state"] == "ready");
  CHECK(step["failures"][0]["kind"] == "unavailable");
  CHECK(server.cli({"runs", "show", id}).output.find("unavailable") != std::string::npos);
  CHECK(server.cli({"runs", "cancel", id}).status == 0);
  CHECK(look(server, "runs/" + id)["state"] == "cancelled");
  CHECK(server.api("POST", "/runs/" + id + "/cancel").error_code() == "conflict");
  CHECK(server.api("POST", "/runs/" + id + "/retry").error_code() == "conflict");
  CHECK(server.api("POST", "/runs/no-such-run/cancel").error_code() == "run_not_found");
}

TEST_CASE("events: what is asked for wrongly is said, and only tokens that may look do") {
  Server server({.arguments = {}});
  for (const char* path : {"events?since=yesterday", "runs?state=asleep", "events/zero", "dead-letters?after=x"}) {
    CAPTURE(path);
    CHECK(server.api("GET", std::string("/") + path).error_code() == "bad_request");
  }
  CHECK(server.api("GET", "/events/99").error_code() == "event_not_found");
  CHECK(server.api("GET", "/runs/none").error_code() == "run_not_found");
  CHECK(server.get("/api/v1/events").error_code() == "unauthorized");
  const std::string reader = server.cli({"tokens", "create", "r", "--scope", "read"}).output;
  const std::vector<std::string> as_reader = {"-H", "Authorization: Bearer " + reader.substr(0, reader.find('\n'))};
  CHECK(server.get("/api/v1/events", as_reader).status == 200);
  std::vector<std::string> post = as_reader;
  post.insert(post.end(), {"-X", "POST", "-d", R"({"since":"2026-01-01T00:00:00Z"})"});
  CHECK(server.get("/api/v1/events/replay", post).error_code() == "forbidden");
}

}  // namespace sojourn::test
