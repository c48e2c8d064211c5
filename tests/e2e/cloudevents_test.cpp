// The stock package `cloudevents` on both sides: it sends events in all forms, a function hands each of them on, and
// the package reads what comes out at the other end.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/crypto/encoding.h"
#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/node_clients.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

// A delivery as the client program wants it: one line of JSON.
std::string line_of(const Delivery& delivery) {
  nlohmann::json headers = nlohmann::json::object();
  std::istringstream head(delivery.head);
  std::string field;
  std::getline(head, field);  // the request line
  while (std::getline(head, field)) {
    while (!field.empty() && field.back() == '\r') field.pop_back();
    const std::size_t colon = field.find(": ");
    if (colon == std::string::npos) continue;
    std::string name = field.substr(0, colon);
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    headers[name] = field.substr(colon + 2);
  }
  return nlohmann::json{{"headers", headers}, {"body", to_base64(delivery.body)}}.dump() + "\n";
}

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("cloudevents: what the stock package sends in each form, it reads the same after a function and a post") {
  constexpr std::size_t kEvents = 8;
  Server server;
  const Ledger ledger;
  apply_manifest(server, "functions:\n  collect: {artifact: " + test_function("emitting").string() +
                             ", entry: collect}\npipelines:\n  round:\n    triggers: [{event: {}}]\n" +
                             "    match: {prefix: {type: com.example.}}\n    steps: [{call: collect}, {post: {url: \"" +
                             ledger.url() + "\", private: true}}]\n");
  const auto sent = run_client("cloudevents.mjs", {"send", server.url("/events")});
  if (!sent) return;
  CAPTURE(sent->output);
  CAPTURE(sent->errors);
  REQUIRE(sent->status == 0);
  CHECK(count_of(sent->output, " accepted\n") == 6);
  CHECK(sent->output.find("batch 202 2\n") != std::string::npos);

  REQUIRE(ledger.has(kEvents, 60s));
  std::string lines;
  for (const Delivery& delivery : ledger.deliveries()) lines += line_of(delivery);
  ProcessOptions options;
  options.input = lines;
  const auto read = run_client("cloudevents.mjs", {"read"}, options);
  REQUIRE(read.has_value());
  CAPTURE(read->output);
  CAPTURE(read->errors);
  CHECK(read->status == 0);
  CHECK(count_of(read->output, " same\n") == kEvents);
}

}  // namespace sojourn::test
