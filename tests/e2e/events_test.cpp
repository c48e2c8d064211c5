// Events from door to end: what is published begins what listens to it, and what that emits begins the next.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

Reply publish(Server& server, const std::string& type, const std::string& id, const std::string& data,
              std::vector<std::string> more = {}) {
  more.insert(more.end(),
              {"-X", "POST", "-H", "ce-specversion: 1.0", "-H", "ce-type: " + type, "-H", "ce-source: /test", "-H",
               "ce-id: " + id, "-H", "content-type: text/plain", "--data-binary", data});
  return server.get("/events", more);
}

}  // namespace

TEST_CASE("events: what is published goes through two functions, and what the second emits through the next pipeline") {
  Server server;
  const Ledger ledger;
  apply_manifest(server, R"(
functions:
  enrich: {artifact: COURIER, env: {STAMP: ", enriched"}}
  tell: {artifact: COURIER, env: {EMIT: com.example.told}, emits: [com.example.*]}
pipelines:
  first:
    triggers: [{event: {}}]
    match: {exact: {type: com.example.said}}
    steps: [{call: enrich}, {call: tell}]
  second:
    triggers: [{event: {}}]
    match: {exact: {type: com.example.told}}
    steps: [{post: {url: ")" +
                             ledger.url("/told") + R"(", private: true}}]
)");
  const Reply accepted = publish(server, "com.example.said", "e-1", "hello");
  CAPTURE(accepted.body);
  REQUIRE(accepted.status == 202);
  const Json body = Json::parse(accepted.body);
  REQUIRE(body["accepted"].size() == 1);
  CHECK(body["accepted"][0]["event"].is_number());
  CHECK(body["accepted"][0]["run"].is_string());
  CHECK_FALSE(body["accepted"][0].contains("duplicate"));

  REQUIRE(ledger.has(1, 30s));
  const Delivery told = ledger.deliveries().front();
  CAPTURE(told.head);
  CHECK(told.body == "hello, enriched");
  CHECK(told.header("ce-type") == "com.example.told");
  CHECK(told.header("ce-source") == "/functions/tell");
  CHECK(told.header("ce-causationid") == "e-1");
  CHECK(told.header("ce-correlationid") == "e-1");
  CHECK_FALSE(told.header("ce-id").empty());
}

TEST_CASE("events: the trace of an event goes on to functions and to servers outside") {
  Server server;
  const Ledger ledger;
  apply_manifest(server, "functions:\n  hooked: {artifact: " + test_function("hooked").string() + R"(}
pipelines:
  traced:
    triggers: [{event: {}}]
    steps: [{call: hooked}, {post: {url: ")" +
                             ledger.url() + R"(", private: true, body: data}}]
)");
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  REQUIRE(publish(server, "a.b", "1", "x", {"-H", "traceparent: " + trace}).status == 202);
  REQUIRE(ledger.has(1, 30s));
  const Delivery told = ledger.deliveries().front();
  CAPTURE(told.head);
  CAPTURE(told.body);
  CHECK(told.body.find("traceparent: " + trace + "\n") != std::string::npos);  // what the function saw
  CHECK(told.header("traceparent") == trace);
}

TEST_CASE("events: the same source and id again is answered as before and begins nothing") {
  Server server;
  const Ledger ledger;
  apply_manifest(server, R"(
pipelines:
  only:
    triggers: [{event: {}}]
    steps: [{post: {url: ")" +
                             ledger.url() + R"(", private: true}}]
)");
  const Json first = Json::parse(publish(server, "a.b", "same", "1").body);
  const Reply repeated = publish(server, "a.b", "same", "2");
  const Json again = Json::parse(repeated.body);
  CHECK(repeated.headers.at("x-sojourn-duplicate") == first["accepted"][0]["run"]);
  CHECK(again["accepted"][0]["duplicate"] == true);
  CHECK(again["accepted"][0]["event"] == first["accepted"][0]["event"]);
  CHECK(again["accepted"][0]["run"] == first["accepted"][0]["run"]);
  const Reply other = publish(server, "a.b", "other", "3");
  CHECK(other.status == 202);
  CHECK_FALSE(other.headers.contains("x-sojourn-duplicate"));
  REQUIRE(ledger.has(2, 30s));
  CHECK(ledger.by_body() == std::map<std::string, std::size_t>{{"1", 1}, {"3", 1}});

  // Of several the header says it when all were known.
  const auto batch = [&](const std::string& one, const std::string& two) {
    const auto event = [](const std::string& id) {
      return R"({"specversion":"1.0","source":"/test","type":"a.b","id":")" + id + "\"}";
    };
    return server.get("/events", {"-H", "content-type: application/cloudevents-batch+json", "--data-binary",
                                  "[" + event(one) + "," + event(two) + "]"});
  };
  CHECK(batch("same", "other").headers.at("x-sojourn-duplicate") == first["accepted"][0]["run"]);
  const Reply mixed = batch("same", "new");
  CHECK(mixed.status == 202);
  CHECK_FALSE(mixed.headers.contains("x-sojourn-duplicate"));
}

TEST_CASE("events: a batch is taken whole or not at all, and who is wrong in it is named") {
  Server server;
  const std::string good = R"({"specversion":"1.0","id":"1","source":"/t","type":"a.b","data":{"n":1}})";
  const std::vector<std::string> batch = {"-H", "content-type: application/cloudevents-batch+json", "--data-binary"};
  const auto send = [&](const std::string& body) {
    std::vector<std::string> arguments = batch;
    arguments.push_back(body);
    return server.get("/events", arguments);
  };
  const Reply broken = send("[" + good + R"(,{"specversion":"1.0","id":"2","source":"/t"}])");
  CAPTURE(broken.body);
  CHECK(broken.status == 400);
  CHECK(broken.error_code() == "bad_request");
  CHECK(broken.body.find("event 1") != std::string::npos);
  CHECK(broken.body.find("type") != std::string::npos);

  const Reply taken = send("[" + good + R"(,{"specversion":"1.0","id":"2","source":"/t","type":"a.b"}])");
  CHECK(taken.status == 202);
  const Json body = Json::parse(taken.body);
  REQUIRE(body["accepted"].size() == 2);
  CHECK_FALSE(body["accepted"][0].contains("duplicate"));  // nothing of the broken batch was kept
}

TEST_CASE("events: what is no CloudEvent is refused with the ways to send one") {
  Server server;
  const Reply refused = server.get("/events", {"-H", "content-type: application/json", "--data-binary", "{}"});
  CHECK(refused.status == 415);
  CHECK(refused.error_code() == "unsupported_media");
  CHECK(refused.body.find("application/cloudevents+json") != std::string::npos);
  CHECK(refused.body.find("ce-specversion") != std::string::npos);
  CHECK(server.get("/events").status == 405);
  CHECK(server.get("/queues/Not_A_Name", {"-d", "x"}).status == 400);
}

TEST_CASE("events: publishing takes the scope publish, narrowed by the event's type or the queue's name") {
  Server server({.arguments = {}, .data = {}, .uid = {}, .program = {}, .launcher = {}});
  const auto token = [&](const std::string& scope) {
    const Reply made =
        server.api("POST", "/tokens",
                   {"-d", R"({"name":"t-)" + std::to_string(scope.size()) + R"(","scopes":[")" + scope + R"("]})"});
    REQUIRE(made.status == 201);
    return "authorization: Bearer " + Json::parse(made.body)["token"].get<std::string>();
  };
  CHECK(publish(server, "com.example.a", "1", "x").status == 401);
  const std::string all = token("publish"), some = token("publish:com.example.*"), other = token("read");
  CHECK(publish(server, "a.b", "2", "x", {"-H", all}).status == 202);
  CHECK(publish(server, "com.example.a", "3", "x", {"-H", some}).status == 202);
  CHECK(publish(server, "org.example.a", "4", "x", {"-H", some}).status == 403);
  CHECK(publish(server, "com.example.a", "5", "x", {"-H", other}).status == 403);
  CHECK(server.get("/queues/mail", {"-d", "x", "-H", all}).status == 202);
  CHECK(server.get("/queues/mail", {"-d", "x", "-H", some}).status == 403);
}

TEST_CASE("queues: items of any kind wait for a consumer, and then go through it by several workers") {
  Server server;
  const Ledger ledger;
  for (int i = 0; i < 3; ++i) {
    const Reply waiting =
        server.get("/queues/jobs", {"-H", "content-type: text/plain", "-d", "early " + std::to_string(i)});
    CAPTURE(waiting.body);
    REQUIRE(waiting.status == 202);
  }
  apply_manifest(server, R"(
functions:
  work: {artifact: COURIER, env: {STAMP: " done", SLEEP_MS: "200"}}
pipelines:
  worker:
    triggers: [{queue: {name: jobs}}]
    steps:
      - {call: work, concurrency: 4}
      - {post: {url: ")" + ledger.url() +
                             R"(", private: true}}
)");
  for (int i = 0; i < 5; ++i) {
    REQUIRE(server.get("/queues/jobs", {"-H", "content-type: text/plain", "-d", "late " + std::to_string(i)}).status ==
            202);
  }
  REQUIRE(ledger.has(8, 60s));
  const auto seen = ledger.by_body();
  CHECK(seen.size() == 8);
  CHECK(seen.contains("early 2 done"));
  CHECK(seen.contains("late 4 done"));
  const Delivery one = ledger.deliveries().front();
  CHECK(one.header("ce-type") == "io.sojourn.queue.item");
  CHECK(one.header("ce-source") == "/queues/jobs");
}

TEST_CASE("queues: what a function enqueues is an item like any other, if its manifest names the queue") {
  Server server;
  const Ledger ledger;
  apply_manifest(server, R"(
functions:
  send: {artifact: COURIER, env: {ENQUEUE: outbox}, enqueues: [outbox]}
  bad: {artifact: COURIER, env: {ENQUEUE: outbox}}
pipelines:
  post-office:
    triggers: [{queue: {name: outbox}}]
    steps: [{post: {url: ")" +
                             ledger.url() + R"(", private: true}}]
)");
  CHECK(server.get("/function/send", {"-d", "letter"}).status == 204);
  CHECK(server.get("/function/bad", {"-d", "letter"}).status == 500);
  REQUIRE(ledger.has(1, 30s));
  CHECK(ledger.deliveries().front().body == "letter");
  CHECK(ledger.deliveries().front().header("ce-source") == "/functions/send");
}

TEST_CASE("events: who follows a function hears how its calls end, by HTTP too") {
  Server server;
  const Ledger ledger;
  apply_manifest(server, R"(
functions:
  fine: {artifact: COURIER}
  broken: {artifact: COURIER, env: {CRASH_ON: die}}
  strict: {artifact: COURIER, env: {STATUS: "404"}}
pipelines:
  alarm:
    triggers: [{function: {name: broken, outcome: failure}}, {function: {name: strict, outcome: any}}]
    steps: [{post: {url: ")" +
                             ledger.url() + R"(", private: true}}]
)");
  CHECK(server.get("/function/fine", {"-d", "x"}).status == 204);
  CHECK(server.get("/function/broken", {"-d", "x"}).status == 204);
  const Reply died = server.get("/function/broken", {"-d", "die"});
  CHECK(died.status == 502);
  REQUIRE(ledger.has(1, 30s));
  const Delivery told = ledger.deliveries().front();
  CHECK(told.header("ce-type") == "io.sojourn.function.failed");
  CHECK(told.header("ce-source") == "/functions/broken");
  const Json data = Json::parse(told.body);
  CHECK(data["function"] == "broken");
  CHECK(data["callId"] == died.headers.at("x-call-id"));
  CHECK(data["error"] == "crash");
  CHECK(server.get("/function/strict").status == 404);
  REQUIRE(ledger.has(2, 30s));
  CHECK(Json::parse(ledger.deliveries()[1].body)["error"] == "invalid");
  sleep_for(300ms);
  CHECK(ledger.size() == 2);
}

TEST_CASE("events: an event of megabytes arrives whole") {
  Server server;
  const Ledger ledger;
  apply_manifest(server, R"(
functions:
  stamp: {artifact: COURIER, env: {STAMP: "!"}}
pipelines:
  big:
    triggers: [{event: {}}]
    steps: [{call: stamp}, {post: {url: ")" +
                             ledger.url() + R"(", private: true}}]
)");
  const std::string data(3u << 20, 'x');
  TemporaryDirectory directory;
  write_file(directory.path() / "data", data);
  REQUIRE(publish(server, "a.b", "big", "@" + (directory.path() / "data").string()).status == 202);
  REQUIRE(ledger.has(1, 60s));
  CHECK(ledger.deliveries().front().body == data + "!");
  write_file(directory.path() / "data", std::string((6u << 20) + 1, 'x'));
  const Reply more = publish(server, "a.b", "bigger", "@" + (directory.path() / "data").string());
  CHECK(more.status == 413);
  CHECK(more.body.find("6 MiB") != std::string::npos);
}

}  // namespace sojourn::test
