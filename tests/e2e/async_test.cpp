// Asynchronous calls: 202 when the request is durable, the result to look at, callbacks, retries and cancelling.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

Reply begin(Server& server, const std::string& target, std::vector<std::string> more = {}) {
  more.insert(more.end(), {"-X", "POST"});
  return server.get("/async-function/" + target, more);
}

std::string id_of(const Reply& reply) {
  return reply.headers.at("x-call-id");
}

Json look(Server& server, const std::string& id, std::vector<std::string> more = {}) {
  const Reply reply = server.get("/async-function/" + id, std::move(more));
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
  return Json::parse(reply.body);
}

bool comes_to(Server& server, const std::string& id, const std::string& state) {
  return eventually([&] { return look(server, id)["state"] == state; }, 60s);
}

}  // namespace

TEST_CASE("async: the call is answered at once, done later, and its result can be looked at") {
  Server server;
  REQUIRE(server.deploy("probe", test_function("probe")).status == 201);
  const Reply begun = begin(server, "probe/mirror?w=1%20&h=2",
                            {"-H", "x-a: b c", "-H", "content-type: image/png", "--data-binary", "the body"});
  CAPTURE(begun.body);
  REQUIRE(begun.status == 202);
  const std::string id = id_of(begun);
  CHECK(Json::parse(begun.body)["callId"] == id);
  CHECK(begun.headers.at("location") == "/async-function/" + id);
  REQUIRE(comes_to(server, id, "succeeded"));
  const Json call = look(server, id);
  CAPTURE(call.dump());
  CHECK(call["callId"] == id);
  CHECK(call["function"] == "probe");
  CHECK(call["version"] == 1);
  REQUIRE(call["attempts"].size() == 1);
  CHECK(call["attempts"][0]["attempt"] == 1);
  CHECK(call["attempts"][0]["status"] == 200);
  CHECK(call["result"]["status"] == 200);
  const std::string body = call["result"]["body"];
  CHECK(body.starts_with("POST /mirror?w=1%20&h=2\n"));
  CHECK(body.find("x-a: b c\n") != std::string::npos);
  CHECK(body.find("content-type: image/png\n") != std::string::npos);
  CHECK(body.ends_with("the body"));
}

TEST_CASE("async: a function that is not there is told at once, and so is a call that is not") {
  Server server;
  REQUIRE(server.deploy("probe", test_function("probe")).status == 201);
  CHECK(begin(server, "nobody").error_code() == "function_not_found");
  CHECK(begin(server, "probe@9").error_code() == "version_not_found");
  CHECK(begin(server, "probe", {"-H", "x-callback-url: ftp://x/"}).error_code() == "bad_request");
  CHECK(server.get("/async-function/probe").error_code() == "call_not_found");
  const std::string unknown = "/async-function/00000000-0000-4000-8000-000000000000";
  CHECK(server.get(unknown).error_code() == "call_not_found");
  CHECK(server.get(unknown, {"-X", "DELETE"}).error_code() == "call_not_found");
  CHECK(server.get(unknown, {"-X", "PATCH"}).status == 405);
}

TEST_CASE("async: a callback gets the result with the fields that say whose it is") {
  Server server;
  const Ledger ledger([](std::size_t number) { return number == 1 ? 503 : 200; });
  apply_manifest(server, R"(
functions:
  stamp: {artifact: COURIER, env: {STAMP: " stamped"}}
  no: {artifact: COURIER, env: {STATUS: "409"}}
)");
  const std::string id =
      id_of(begin(server, "stamp", {"-H", "x-callback-url: " + ledger.url("/done"), "-d", "letter"}));
  REQUIRE(ledger.has(2, 60s));  // the first was answered 503
  const Delivery told = ledger.deliveries().back();
  CAPTURE(told.head);
  CHECK(told.head.starts_with("POST /done "));
  CHECK(told.body == "letter stamped");
  CHECK(told.header("x-call-id") == id);
  CHECK(told.header("x-function-name") == "stamp");
  CHECK(told.header("x-function-status") == "200");
  CHECK_FALSE(told.header("x-duration-seconds").empty());
  const std::string start = told.header("x-start-time");
  CHECK(start.size() == 19);  // nanoseconds since 1970
  CHECK(start.find_first_not_of("0123456789") == std::string::npos);
  REQUIRE(comes_to(server, id, "succeeded"));

  const std::string refused = id_of(begin(server, "no", {"-H", "x-callback-url: " + ledger.url("/no"), "-d", "x"}));
  REQUIRE(ledger.has(3, 60s));
  CHECK(ledger.deliveries().back().header("x-function-status") == "409");
  CHECK(ledger.deliveries().back().body == "refused");
  CHECK(look(server, refused)["state"] == "failed");
}

TEST_CASE("async: what fails is tried again, what is refused is a result") {
  Server server;
  apply_manifest(server, R"(
functions:
  flaky: {artifact: COURIER, env: {FAIL_UNTIL: "3", STAMP: ""}, retry: {attempts: 5, backoff: {initial: 50ms}}}
  no: {artifact: COURIER, env: {STATUS: "409"}}
  never: {artifact: COURIER, env: {STATUS: "503"}, retry: {attempts: 2, backoff: {initial: 50ms}}}
)");
  const std::string flaky = id_of(begin(server, "flaky", {"-d", "x"}));
  REQUIRE(comes_to(server, flaky, "succeeded"));
  const Json tried = look(server, flaky);
  CAPTURE(tried.dump());
  REQUIRE(tried["attempts"].size() == 3);
  CHECK(tried["attempts"][0]["kind"] == "unavailable");
  CHECK(tried["attempts"][2]["attempt"] == 3);
  CHECK(tried["attempts"][2]["status"] == 200);

  const std::string no = id_of(begin(server, "no", {"-d", "x"}));
  REQUIRE(comes_to(server, no, "failed"));
  CHECK(look(server, no)["result"]["status"] == 409);
  CHECK(look(server, no)["attempts"].size() == 1);

  const std::string never = id_of(begin(server, "never", {"-d", "x"}));
  REQUIRE(comes_to(server, never, "failed"));
  CHECK(look(server, never)["attempts"].size() == 2);
  CHECK(look(server, never)["result"]["status"] == 503);

  const std::string metrics = server.get("/metrics").body;
  CHECK(metrics.find("gateway_function_invocation_total{function_name=\"flaky\",code=\"503\"} 2") != std::string::npos);
  CHECK(metrics.find("gateway_function_invocation_total{function_name=\"flaky\",code=\"200\"} 1") != std::string::npos);
  CHECK(metrics.find("gateway_function_invocation_total{function_name=\"never\",code=\"503\"} 2") != std::string::npos);
  CHECK(begin(server, "no@9").status == 404);
  CHECK(server.get("/metrics").body.find("function_name=\"no\",code=\"404\"") == std::string::npos);
}

TEST_CASE("async: a failed call with a callback leaves a letter, and is done and told again when that is redriven") {
  Server server;
  const Ledger ledger([](std::size_t) { return 200; });
  apply_manifest(server, R"(
functions:
  never: {artifact: COURIER, env: {STATUS: "503"}, retry: {attempts: 2, backoff: {initial: 50ms}}}
)");
  const std::string id = id_of(begin(server, "never", {"-H", "x-callback-url: " + ledger.url("/never"), "-d", "x"}));
  REQUIRE(ledger.has(1, 60s));
  CHECK(ledger.deliveries().back().header("x-function-status") == "503");
  const Json call = look(server, id);
  CAPTURE(call.dump());
  CHECK(call["state"] == "failed");
  CHECK(call["attempts"].size() == 2);
  CHECK(call["result"]["status"] == 503);
  const Json letters = Json::parse(server.api("GET", "/dead-letters").body)["items"];
  CAPTURE(letters.dump());
  REQUIRE(letters.size() == 1);
  CHECK(letters[0]["run"] == id);
  REQUIRE(server.cli({"dead-letters", "redrive", std::to_string(letters[0]["number"].get<int>())}).status == 0);
  REQUIRE(ledger.has(2, 60s));
  CHECK(ledger.deliveries().back().header("x-function-status") == "503");
}

TEST_CASE("async: a call that waits or runs can be cancelled, one that has ended cannot") {
  Server server;
  apply_manifest(server, R"(
functions:
  slow: {artifact: COURIER, env: {SLEEP_MS: "20000"}, timeout: 30s}
  fast: {artifact: COURIER}
)");
  const std::string slow = id_of(begin(server, "slow", {"-d", "x"}));
  REQUIRE(comes_to(server, slow, "running"));
  CHECK(server.get("/async-function/" + slow, {"-X", "DELETE"}).status == 204);
  CHECK(look(server, slow)["state"] == "cancelled");
  CHECK(server.get("/async-function/" + slow, {"-X", "DELETE"}).error_code() == "conflict");
  const std::string fast = id_of(begin(server, "fast", {"-d", "x"}));
  REQUIRE(comes_to(server, fast, "succeeded"));
  CHECK(server.get("/async-function/" + fast, {"-X", "DELETE"}).error_code() == "conflict");
}

TEST_CASE("async: the same rules of access as of the call itself, and the result is for who began it or may read") {
  Server server({.arguments = {}, .data = {}, .uid = {}, .program = {}, .launcher = {}});
  REQUIRE(server.deploy("probe", test_function("probe")).status == 201);
  const auto token = [&](const std::string& name, const std::string& scope) {
    const Reply made =
        server.api("POST", "/tokens", {"-d", R"({"name":")" + name + R"(","scopes":[")" + scope + R"("]})"});
    REQUIRE(made.status == 201);
    return "authorization: Bearer " + Json::parse(made.body)["token"].get<std::string>();
  };
  const std::string caller = token("caller", "invoke:probe"), other = token("other", "invoke"),
                    reader = token("reader", "read");
  CHECK(begin(server, "probe").status == 401);
  CHECK(begin(server, "probe", {"-H", reader}).status == 403);
  const std::string chosen = "7d9cbd55-1111-4222-8333-944444444444";
  const Reply begun = begin(server, "probe/mirror", {"-H", caller, "-H", "x-call-id: " + chosen});
  REQUIRE(begun.status == 202);
  CHECK(id_of(begun) == chosen);
  CHECK(begin(server, "probe", {"-H", caller, "-H", "x-call-id: " + chosen}).error_code() == "call_id_taken");
  const std::string place = "/async-function/" + chosen;
  CHECK(server.get(place).status == 401);
  CHECK(server.get(place, {"-H", other}).status == 403);
  CHECK(server.get(place, {"-H", reader}).status == 200);
  REQUIRE(eventually([&] { return look(server, chosen, {"-H", caller})["state"] == "succeeded"; }, 60s));
  // Runs of events have ids of the same kind, and those are taken as well; there is no call to be seen under them.
  const Reply item = server.get("/queues/waiting", {"-X", "POST", "-d", "x", "-H", token("sender", "publish:waiting")});
  REQUIRE(item.status == 202);
  const std::string run = Json::parse(item.body)["accepted"][0]["run"];
  CHECK(begin(server, "probe", {"-H", caller, "-H", "x-call-id: " + run}).error_code() == "call_id_taken");
  CHECK(server.get("/async-function/" + run, {"-H", reader}).error_code() == "call_not_found");
  const std::string seen = look(server, chosen, {"-H", caller})["result"]["body"];
  CHECK(seen.find("authorization") == std::string::npos);
}

TEST_CASE("async: retries and chosen ids outlive a server that is killed") {
  const TemporaryDirectory data;
  const ServerOptions options{
      .arguments = {"--dev"}, .data = data.path() / "data", .uid = {}, .program = {}, .launcher = {}};
  std::string id;
  {
    Server server(options);
    apply_manifest(server, R"(
functions:
  flaky: {artifact: COURIER, env: {FAIL_UNTIL: "3", STAMP: " done"}, retry: {attempts: 5, backoff: {initial: 1s, jitter: none}}}
)");
    id = id_of(begin(server, "flaky", {"-d", "x"}));
    REQUIRE(comes_to(server, id, "retrying"));
    ::kill(server.process().pid(), SIGKILL);
    server.process().wait(10s);
  }
  Server server(options);
  REQUIRE(comes_to(server, id, "succeeded"));
  CHECK(look(server, id)["result"]["body"] == "x done");
  CHECK(look(server, id)["attempts"].size() == 3);
}

}  // namespace sojourn::test
