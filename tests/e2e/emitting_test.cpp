// What functions emit, from the call to the journal: handlers and plain functions on a whole server.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

// Types of the events in the journal, the oldest first.
std::vector<std::string> kept(Server& server) {
  std::vector<std::string> types;
  const Json listed = Json::parse(server.api("GET", "/events").body);
  for (const Json& item : listed.at("items")) {
    types.insert(types.begin(), item.at("event").at("type").get<std::string>());
  }
  return types;
}

void apply_text(Server& server, const std::string& text) {
  const std::filesystem::path file = server.data().parent_path() / "emitting.yaml";
  write_file(file, "sojourn: 1\nname: emitting\n" + text);
  const Finished applied = server.cli({"apply", "-f", file.string()});
  REQUIRE_MESSAGE(applied.status == 0, applied.errors);
}

}  // namespace

TEST_CASE("emitting: the order of the examples is priced by one handler, and shipped by the next") {
  Server server;
  const std::filesystem::path examples = example("hello").parent_path();
  const Finished applied = server.cli({"apply", "-f", (examples / "events.yaml").string()});
  REQUIRE_MESSAGE(applied.status == 0, applied.errors);
  const Reply placed =
      server.get("/events", {"-X", "POST", "-H", "ce-specversion: 1.0", "-H", "ce-id: 1", "-H", "ce-source: /shop",
                             "-H", "ce-type: com.example.order.placed", "-H", "ce-subject: 7", "-H",
                             "content-type: text/plain", "--data-binary", "3 x 250"});
  REQUIRE(placed.status == 202);
  const auto shipped = [&] {
    const std::string logs = server.api("GET", "/functions/ship/logs").body;
    return logs.find(R"("fields":{"order":"7","cents":"750"})") != std::string::npos;
  };
  REQUIRE(eventually(shipped, 30s));
  const Json events = Json::parse(server.api("GET", "/events").body).at("items");
  REQUIRE(events.size() == 2);
  CHECK(events[0].at("event").at("source") == "/functions/order-price");
  CHECK(events[0].at("event").at("causationid") == "1");
  CHECK(events[0].at("event").at("sojournhops") == "1");
}

TEST_CASE("emitting: a call's events are in the journal when its reply is read, and a failed call leaves none") {
  Server server;
  apply_text(server, "functions:\n  relay:\n    artifact: " + test_function("emitting").string() +
                         "\n    entry: relay\n    emits: [test.*]\n    enqueues: [work]\n");
  CHECK(server.get("/function/relay?emit=test.a&count=3").status == 200);
  CHECK(kept(server) == std::vector<std::string>{"test.a", "test.a", "test.a"});
  CHECK(server.get("/function/relay?emit=test.b&status=500").status == 500);
  CHECK(server.get("/function/relay?emit=test.b&crash=1").status == 502);
  CHECK(server.get("/function/relay?emit=other.b").status == 500);
  CHECK(kept(server).size() == 3);
  CHECK(server.get("/function/relay?enqueue=work").status == 200);
  CHECK(kept(server).back() == "com.example.item");
}

TEST_CASE("emitting: no client can say which attempt it is") {
  Server server;
  apply_text(server, "functions:\n  relay: {artifact: " + test_function("emitting").string() + ", entry: relay}\n");
  const Reply reply = server.get("/function/relay", {"-H", "Sojourn-Attempt: 7", "-H", "Idempotency-Key: k"});
  CHECK(reply.body.starts_with("1\nk\n"));
}

}  // namespace sojourn::test
