// `post` steps of a real server against servers of the loopback that take, refuse, or break off what is sent.
#include <atomic>
#include <doctest/doctest.h>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "gateway/signatures/signature.h"
#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

std::string pipeline(const std::string& step) {
  return "pipelines:\n  send:\n    triggers: [{event: {}}]\n    defaults: {retry: {attempts: 3, backoff: {initial: "
         "10ms, jitter: none}}}\n    steps: [{post: " +
         step + "}]\n";
}

Reply publish(Server& server, const std::string& id) {
  return server.get("/events", {"-X", "POST", "-H", "ce-specversion: 1.0", "-H", "ce-type: com.example.paid", "-H",
                                "ce-source: /test", "-H", "ce-id: " + id, "-H", "content-type: application/json",
                                "--data-binary", R"({"amount":5})"});
}

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The text of the only dead letter's last error.
std::string letter_error(Server& server) {
  std::string body;
  Json items;
  const bool came = eventually(
      [&] {
        body = server.api("GET", "/dead-letters").body;
        const Json reply = Json::parse(body, nullptr, false);
        items = reply.is_object() ? reply.value("items", Json::array()) : Json::array();
        return items.size() == 1;
      },
      30s);
  REQUIRE_MESSAGE(came, body);
  return items[0].dump();
}

}  // namespace

TEST_CASE("posting: a signed post is what a receiver of Standard Webhooks accepts, the same id in every attempt") {
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  Server server;
  const Ledger ledger([](std::size_t delivery) { return delivery < 3 ? 503 : 200; });
  REQUIRE(server.cli({"secrets", "set", "partner"}, secret).status == 0);
  apply_manifest(server, pipeline("{url: \"" + ledger.url("/hooks/in") +
                                  "\", sign: partner, private: true, body: data, headers: {x-team: payments}}"));
  REQUIRE(publish(server, "1").status == 202);
  REQUIRE(ledger.has(3, 30s));
  CHECK(ledger.by("webhook-id").size() == 1);
  for (const Delivery& delivery : ledger.deliveries()) {
    CHECK(delivery.head.starts_with("POST /hooks/in HTTP/1.1\r\n"));
    CHECK(delivery.body == R"({"amount":5})");
    CHECK(delivery.header("x-team") == "payments");
    CHECK(delivery.header("content-type") == "application/json");
    std::vector<std::string> values;
    for (const char* name : {"webhook-id", "webhook-timestamp", "webhook-signature"})
      values.push_back(delivery.header(name));
    const HeaderField fields[] = {
        {"webhook-id", values[0]}, {"webhook-timestamp", values[1]}, {"webhook-signature", values[2]}};
    const std::string_view known = secret;
    CHECK(check_signature(*known_scheme("standard-webhooks"), fields, delivery.body, {&known, 1}, now_s()).ok());
  }
}

TEST_CASE("posting: a redirect is not followed, and what is refused for good is a dead letter") {
  Server server;
  const Ledger inner;
  RawServer outer([&](RawServer::Conversation& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 307 Moved\r\nlocation: " + inner.url() + "\r\ncontent-length: 0\r\n\r\n");
    peer.wait_for_end();
  });
  apply_manifest(server, pipeline("{url: \"" + outer.url() + "\", private: true}"));
  REQUIRE(publish(server, "1").status == 202);
  CHECK(letter_error(server).find("307") != std::string::npos);
  CHECK(inner.size() == 0);
}

TEST_CASE(
    "posting: a URL that leads to this host is refused where the step does not say private, and a server may permit "
    "none") {
  Server server;
  const Ledger ledger;
  const auto refusal = [](Server& by, const std::string& step) -> std::string {
    try {
      apply_manifest(by, pipeline(step));
    } catch (const std::exception& refused) {
      return refused.what();
    }
    return {};
  };
  CHECK(refusal(server, "{url: \"" + ledger.url() + "\"}").find("needs `private: true`") != std::string::npos);
  Server strict({.arguments = {}, .data = {}, .uid = {}, .program = {}, .launcher = {}});
  const std::string not_permitted = refusal(strict, "{url: \"" + ledger.url() + "\", private: true}");
  CHECK(not_permitted.find("--allow-private") != std::string::npos);
  CHECK(not_permitted.find("sojourn.yaml:") != std::string::npos);
}

TEST_CASE("posting: a server that is not there is tried as often as the step says, and is then a dead letter") {
  Server server;
  std::atomic<int> tried{0};
  RawServer broken([&](RawServer::Conversation& peer) {
    peer.read_request();
    ++tried;
  });
  apply_manifest(server, pipeline("{url: \"" + broken.url() + "\", private: true}"));
  REQUIRE(publish(server, "1").status == 202);
  CHECK(letter_error(server).find("unavailable") != std::string::npos);
  CHECK(tried == 3);
}

}  // namespace sojourn::test
