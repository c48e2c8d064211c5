// Webhooks from door to end: who may send, what becomes of it, and what the sender hears.
#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/crypto/encoding.h"
#include "runtime/crypto/hmac.h"
#include "tests/harness/ledger.h"
#include "tests/harness/manifest.h"
#include "tests/harness/node_clients.h"
#include "tests/harness/raw_client.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

namespace {

void set_secret(Server& server, const std::string& name, const std::string& value) {
  const Finished done = server.cli({"secrets", "set", name}, value + "\n");
  REQUIRE_MESSAGE(done.status == 0, done.errors);
}

// One pipeline with one hook whose function is tests/functions/hooked. `hook`: the members of the webhook.
std::string pipeline(const std::string& name, const std::string& hook, const std::string& more = {}) {
  return "  " + name + ":\n    triggers: [{webhook: {" + hook + "}}]\n" + more + "    steps: [{call: hooked}]\n";
}

void apply_hooks(Server& server, const std::string& pipelines) {
  apply_manifest(
      server, "functions:\n  hooked: {artifact: " + test_function("hooked").string() + "}\npipelines:\n" + pipelines);
}

std::string github_signature(const std::string& secret, const std::string& body) {
  return "X-Hub-Signature-256: sha256=" + to_hex(hmac(HashKind::kSha256, secret, body));
}

Reply push(Server& server, const std::string& path, const std::string& id, const std::string& body,
           const std::string& secret = "secret of github", Arguments more = {}) {
  more.insert(more.end(),
              {"-H", "X-GitHub-Event: push", "-H", "X-GitHub-Delivery: " + id, "-H", "Content-Type: application/json",
               "-H", github_signature(secret, body), "--data-binary", body});
  return server.get(path, more);
}

constexpr const char* kGithubHook = "path: /github, verify: {scheme: github, secrets: [github]}";

// The lines `NAME STATUS [duplicate]` of a client program.
std::map<std::string, std::string> told(const Finished& client) {
  std::map<std::string, std::string> lines;
  std::istringstream text(client.output);
  for (std::string line; std::getline(text, line);) {
    const std::size_t space = std::min(line.find(' '), line.size());
    lines[line.substr(0, space)] = line.substr(std::min(space + 1, line.size()));
  }
  return lines;
}

using Told = std::map<std::string, std::string>;

void check_told(const Finished& client, const Told& expected) {
  CAPTURE(client.output);
  CAPTURE(client.errors);
  CHECK(client.status == 0);
  const Told lines = told(client);
  for (const auto& one : expected) {
    CAPTURE(one.first);
    const auto found = lines.find(one.first);
    CHECK((found == lines.end() ? "nothing" : found->second) == one.second);
  }
}

}  // namespace

TEST_CASE("webhooks: a delivery is durable before 202, begins one run, and comes again as a duplicate") {
  Server server;
  const Ledger ledger;
  set_secret(server, "github", "secret of github");
  apply_manifest(server, "pipelines:\n  pushes:\n    triggers: [{webhook: {" + std::string(kGithubHook) +
                             "}}]\n    steps: [{post: {url: \"" + ledger.url() + "\", private: true}}]\n");
  const std::string body = R"({"ref":"refs/heads/main","repository":{"url":"https://api.github.com/repos/o/r"}})";
  const Reply first = push(server, "/hooks/github", "delivery-1", body);
  CAPTURE(first.body);
  REQUIRE(first.status == 202);
  const Json taken = Json::parse(first.body);
  CHECK(taken["event"].is_number());
  REQUIRE(taken["run"].is_string());
  CHECK_FALSE(first.headers.contains("x-sojourn-duplicate"));

  const Reply again = push(server, "/hooks/github", "delivery-1", body);
  CHECK(again.status == 202);
  CHECK(again.headers.at("x-sojourn-duplicate") == taken["run"]);
  CHECK(Json::parse(again.body) == taken);
  // Whoever has seen a delivery can send it under another id: the body is signed, the id is not.
  const Reply replayed = push(server, "/hooks/github", "delivery-2", body);
  CHECK(replayed.status == 202);
  CHECK(replayed.headers.at("x-sojourn-duplicate") == taken["run"]);

  REQUIRE(ledger.has(1, 30s));
  const Delivery made = ledger.deliveries().front();
  CHECK(made.header("ce-id") == "delivery-1");
  CHECK(made.header("ce-type") == "com.github.push");
  CHECK(made.header("ce-source") == "https://api.github.com/repos/o/r");
  CHECK(made.header("ce-subject") == "refs/heads/main");
  CHECK(made.body == body);
  CHECK(push(server, "/hooks/github", "delivery-3", R"({"ref":"refs/heads/next"})").status == 202);
  REQUIRE(ledger.has(2, 30s));
  CHECK(ledger.size() == 2);
}

TEST_CASE("webhooks: a hook can answer 200 with a text, and with its function's own reply") {
  Server server;
  set_secret(server, "github", "secret of github");
  const std::string verify = "verify: {scheme: github, secrets: [github]}";
  apply_hooks(server,
              pipeline("text", "path: /text, " + verify + ", respond: {status: 200, body: \"thank you\"}") +
                  pipeline("json", "path: /json, " + verify + R"(, respond: {status: 200, body: "{\"ok\":1}"})") +
                  pipeline("own", "path: /own, " + verify + ", respond: sync"));
  const Reply text = push(server, "/hooks/text", "1", "{}");
  CHECK(text.status == 200);
  CHECK(text.body == "thank you");
  CHECK(text.headers.at("content-type") == "text/plain; charset=utf-8");
  const Reply duplicate = push(server, "/hooks/text", "1", "{}");
  CHECK(duplicate.status == 200);
  CHECK(duplicate.headers.contains("x-sojourn-duplicate"));
  CHECK(push(server, "/hooks/json", "1", "{}").headers.at("content-type") == "application/json");

  const Reply own = push(server, "/hooks/own", "1", R"({"ref":"main"})");
  CAPTURE(own.body);
  CHECK(own.status == 201);
  CHECK(own.headers.at("x-hooked") == "yes");
  CHECK(own.body.find("ce-type: com.github.push\n") != std::string::npos);
  CHECK(own.body.find("ce-subject: main\n") != std::string::npos);
  CHECK(own.body.find("saw ") == std::string::npos);  // no signature reaches the function
  CHECK(own.body.ends_with("\n\n{\"ref\":\"main\"}"));
  CHECK(push(server, "/hooks/own", "1", R"({"ref":"main"})").status == 201);  // not kept: no duplicate
}

TEST_CASE("webhooks: only what is signed passes, and each refusal says why") {
  Server server;
  set_secret(server, "github", "secret of github");
  set_secret(server, "old", "secret of old");
  apply_hooks(server, pipeline("hooks",
                               "path: /github, verify: {scheme: github, secrets: [github, {name: old, "
                               "notAfter: 2020-01-01T00:00:00Z}]}"));
  const auto check = [](const Reply& reply, int status, const std::string& code, const std::string& text) {
    CAPTURE(reply.body);
    CHECK(reply.status == status);
    CHECK(reply.error_code() == code);
    CHECK(reply.body.find(text) != std::string::npos);
    CHECK(reply.body.find("secret of") == std::string::npos);
  };
  const Reply wrong = push(server, "/hooks/github", "1", "{}", "another secret");
  check(wrong, 401, "unauthorized", "does not fit the body");
  CHECK(wrong.headers.at("www-authenticate").starts_with("Signature"));
  check(push(server, "/hooks/github", "1", "{}", "secret of old"), 401, "unauthorized", "1 has expired (notAfter)");
  check(server.get("/hooks/github", {"-d", "{}"}), 401, "unauthorized", "x-hub-signature-256");
  check(server.get("/hooks/github", {"-d", "{}", "-H", "Authorization: Bearer " + server.token()}), 401, "unauthorized",
        "x-hub-signature-256");
  for (const char* method : {"GET", "PATCH", "DELETE", "OPTIONS"}) {
    check(server.get("/hooks/github", {"-X", method}), 401, "unauthorized", "x-hub-signature-256");
  }
  check(push(server, "/hooks/github", "1", "[]"), 400, "bad_request", "JSON object");
  check(push(server, "/hooks/github", "1", "{}", "secret of github", {"-H", "Content-Encoding: gzip"}), 415,
        "unsupported_media", "Content-Encoding");
  CHECK(push(server, "/hooks/github", "1", "{}", "secret of github", {"-X", "PUT"}).status == 202);

  // The log says which hook and why, and no more than a line a second.
  CHECK(server.log().find("webhook refused") != std::string::npos);
  CHECK(server.log().find("secret of") == std::string::npos);
  const auto lines = [&] {
    const std::string log = server.log();
    std::size_t count = 0;
    for (std::size_t at = log.find("webhook refused"); at != std::string::npos;
         at = log.find("webhook refused", at + 1)) {
      ++count;
    }
    return count;
  };
  const std::size_t before = lines();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) push(server, "/hooks/github", "1", "{}", "another secret");
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(lines() - before <= static_cast<std::size_t>(took / 1s) + 1);
}

TEST_CASE("webhooks: every method brings an event, and without a body it is the method and the query that tell it") {
  Server server;
  apply_hooks(server, pipeline("open", "path: /any, verify: {scheme: none, insecure: true}"));
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    CAPTURE(method);
    const Reply taken = server.get("/hooks/any?room=7", {"-X", method});
    CHECK(taken.status == 202);
    CHECK(taken.headers.contains("x-sojourn-duplicate") == (std::string(method) == "PUT"));  // POST's body over again
    const Reply again = server.get("/hooks/any?room=7", {"-X", method});
    CHECK(again.headers.contains("x-sojourn-duplicate"));
  }
  const Reply head = server.get("/hooks/any?room=7", {"-I"});
  CHECK(head.status == 202);
  CHECK(head.body.empty());
  CHECK_FALSE(server.get("/hooks/any?room=8").headers.contains("x-sojourn-duplicate"));
  const Json last = Json::parse(server.api("GET", "/events?limit=1").body)["items"][0];
  CAPTURE(last.dump());
  CHECK(last.dump().find(R"("httpquery":"room=8")") != std::string::npos);
}

TEST_CASE("webhooks: a path is matched as it is spelt, and what is not there does not say what is") {
  Server server;
  apply_hooks(server, pipeline("open", "path: /in/Box, verify: {scheme: none, insecure: true}"));
  CHECK(server.get("/hooks/in/Box", {"-d", "x"}).status == 202);
  for (const char* path : {"/hooks/in/Box/", "/hooks/in/box", "/hooks/in/%42ox", "/hooks/in", "/hooks/in//Box",
                           "/hooks//in/Box", "/hooks/in/Box%2F", "/hooks/", "/hooks/other"}) {
    CAPTURE(path);
    const Reply reply = server.get(path, {"-d", "x"});
    CHECK(reply.status == 404);
    CHECK(reply.error_code() == "route_not_found");
    CHECK(reply.body.find("Box") == std::string::npos);
  }
  for (const char* path : {"/hooks/./in/Box", "/hooks/in/../in/Box", "/x/../hooks/in/Box"}) {
    CAPTURE(path);
    CHECK(server.get(path, {"--path-as-is", "-d", "x"}).status == 404);
  }
  CHECK(server.get("/hooks/in/Box?a=/b", {"-d", "y"}).status == 202);
}

TEST_CASE("webhooks: GitLab, Slack, bearer, hmac and nobody in particular, as curl sends them") {
  Server server;
  for (const char* name : {"gitlab", "slack", "bearer", "signer"}) set_secret(server, name, std::string("the ") + name);
  const auto sync = [](const std::string& name, const std::string& verify, const std::string& more = {}) {
    return pipeline(name, "path: /" + name + ", respond: sync, verify: {" + verify + "}" + more);
  };
  apply_hooks(server,
              sync("gitlab", "scheme: gitlab, secrets: [gitlab]") + sync("slack", "scheme: slack, secrets: [slack]") +
                  sync("bearer", "scheme: bearer, secrets: [bearer]", ", idHeader: X-Id") +
                  sync("hmac", "scheme: hmac, secrets: [signer], header: X-Sign, encoding: base64, algorithm: sha512") +
                  sync("none", "scheme: none, insecure: true"));
  const auto has = [](const Reply& reply, std::initializer_list<const char*> texts) {
    CAPTURE(reply.body);
    CHECK(reply.status == 201);
    for (const std::string text : texts) {
      CAPTURE(text);
      CHECK(reply.body.find(text) != std::string::npos);
    }
  };
  const Arguments gitlab = {"-H", "X-Gitlab-Event: Push Hook",
                            "-H", "X-Gitlab-Event-UUID: u-1",
                            "-d", R"({"checkout_sha":"abc","repository":{"homepage":"https://gitlab/o/r"}})"};
  Arguments good = gitlab;
  good.insert(good.end(), {"-H", "X-Gitlab-Token: the gitlab"});
  has(server.get("/hooks/gitlab", good),
      {"ce-id: u-1\n", "ce-type: com.gitlab.push\n", "ce-source: https://gitlab/o/r\n", "ce-subject: abc\n"});
  CHECK(server.get("/hooks/gitlab", gitlab).status == 401);

  const auto slack = [&](const std::string& body, const std::string& type, std::int64_t at) {
    const std::string time = std::to_string(at);
    const std::string signature = to_hex(hmac(HashKind::kSha256, "the slack", "v0:" + time + ":" + body));
    return server.get("/hooks/slack",
                      {"-H", "X-Slack-Request-Timestamp: " + time, "-H", "X-Slack-Signature: v0=" + signature, "-H",
                       "Content-Type: " + type, "--data-binary", body});
  };
  const std::int64_t now = std::time(nullptr);
  const Reply challenge = slack(R"({"type":"url_verification","challenge":"abc"})", "application/json", now);
  CHECK(challenge.status == 200);
  CHECK(challenge.body == "abc");
  CHECK(challenge.headers.at("content-type") == "text/plain; charset=utf-8");
  CHECK(slack(R"({"type":"url_verification","challenge":"abc"})", "application/json", now - 600).status == 401);
  has(slack(R"({"type":"event_callback","event_id":"Ev1","event":{"type":"message"}})", "application/json", now),
      {"ce-id: Ev1\n", "ce-type: com.slack.message\n"});
  has(slack("command=%2Fhi&trigger_id=1.2&text=a+b", "application/x-www-form-urlencoded", now),
      {"ce-id: 1.2\n", "ce-type: com.slack.slash_command\n", R"("text":"a b")"});

  has(server.get("/hooks/bearer", {"-H", "Authorization: Bearer the bearer", "-H", "X-Id: i-1", "-d", "x"}),
      {"ce-id: i-1\n", "ce-type: io.sojourn.webhook\n", "ce-source: /hooks/bearer\n"});
  CHECK(server.get("/hooks/bearer", {"-H", "Authorization: Bearer " + server.token(), "-d", "x"}).status == 401);

  const std::string signature = to_base64(hmac(HashKind::kSha512, "the signer", "x"));
  has(server.get("/hooks/hmac", {"-H", "X-Sign: " + signature, "-d", "x"}), {"ce-type: io.sojourn.webhook\n"});
  CHECK(server.get("/hooks/hmac", {"-H", "X-Sign: " + signature, "-d", "y"}).status == 401);
  has(server.get("/hooks/none", {"-H", "Content-Type: text/css", "-d", "x"}), {"content-type: text/css\n", "\n\nx"});
}

TEST_CASE("webhooks: an event that the hook's match does not want is taken and begins nothing") {
  Server server;
  apply_hooks(server, pipeline("picky", "path: /in, verify: {scheme: none, insecure: true}",
                               "    match: {exact: {/kind: wanted}}\n"));
  const Arguments type = {"-H", "Content-Type: application/json", "-d"};
  Arguments wanted = type;
  wanted.push_back(R"({"kind":"wanted"})");
  CHECK(server.get("/hooks/in", wanted).body.find("\"run\"") != std::string::npos);
  Arguments other = type;
  other.push_back(R"({"kind":"other"})");
  const Reply reply = server.get("/hooks/in", other);
  CHECK(reply.status == 202);
  CHECK(reply.body.find("ignored") != std::string::npos);
}

TEST_CASE("webhooks: the hook's own limit of a body is named, whatever way the body comes") {
  Server server;
  set_secret(server, "github", "secret of github");
  apply_hooks(server, pipeline("small", "path: /small, bodyLimit: 1KiB, verify: {scheme: none, insecure: true}") +
                          pipeline("github", kGithubHook));
  const std::string at_limit(1024, 'x');
  CHECK(server.get("/hooks/small", {"--data-binary", at_limit}).status == 202);
  for (const Arguments& way : {Arguments{}, Arguments{"-H", "Transfer-Encoding: chunked"}}) {
    Arguments arguments = way;
    arguments.insert(arguments.end(), {"--data-binary", at_limit + "y"});
    const Reply reply = server.get("/hooks/small", arguments);
    CAPTURE(reply.body);
    CHECK(reply.status == 413);
    CHECK(reply.error_code() == "body_too_large");
    CHECK(reply.body.find("larger than 1 KiB") != std::string::npos);
  }
  // GitHub's may have 25 MiB.
  const TemporaryDirectory directory;
  const std::string body = R"({"pad":")" + std::string(20u << 20, 'p') + "\"}";
  write_file(directory.path() / "body", body);
  const Reply large =
      server.get("/hooks/github", {"-H", "X-GitHub-Event: push", "-H", "X-GitHub-Delivery: big", "-H",
                                   "Content-Type: application/json", "-H", github_signature("secret of github", body),
                                   "--data-binary", "@" + (directory.path() / "body").string()});
  CHECK_MESSAGE(large.status == 202, large.body);
}

TEST_CASE("webhooks: the example of the docs, signed by openssl and sent by curl") {
  Server server;
  const std::filesystem::path examples = example("push-note").parent_path();
  const TemporaryDirectory directory;
  const std::string secret = (directory.path() / "secret.txt").string();
  write_file(secret, "5d41402abc4b2a76b9719d911017c592\n");
  set_secret(server, "github", "5d41402abc4b2a76b9719d911017c592");
  const Finished applied = server.cli({"apply", "-f", (examples / "webhook.yaml").string()});
  REQUIRE_MESSAGE(applied.status == 0, applied.errors);
  const Finished sent = run({"bash", "-c", R"sh(
body='{"ref":"refs/heads/main","repository":{"full_name":"ada/engine","url":"https://api.github.com/repos/ada/engine"},"commits":[{}]}'
curl -sS -d "$body" -H 'Content-Type: application/json' -H 'X-GitHub-Event: push' -H "X-GitHub-Delivery: 1" \
  -H "X-Hub-Signature-256: sha256=$(printf %s "$body" | openssl dgst -sha256 -hmac "$(cat "$1")" -r | cut -d' ' -f1)" \
  "$2/hooks/github")sh",
                             "sender", secret, server.url()});
  CAPTURE(sent.errors);
  CHECK(sent.output.find("\"run\"") != std::string::npos);
  CHECK(eventually(
      [&] {
        return server.cli({"logs", "push-note"}).output.find("refs/heads/main of ada/engine has 1 new commit") !=
               std::string::npos;
      },
      30s));
}

TEST_CASE("webhooks: every payload of octokit's examples, signed by its own library") {
  Server server;
  set_secret(server, "github", "secret of github");
  set_secret(server, "old", "secret of old");
  const std::string verify = "verify: {scheme: github, secrets: [github, old]}";
  apply_hooks(server,
              pipeline("kept", "path: /kept, " + verify) + pipeline("sync", "path: /sync, respond: sync, " + verify));
  const auto client = run_client("github_webhooks.mjs", {server.url("/hooks/kept"), server.url("/hooks/sync"),
                                                         "secret of github", "secret of old"});
  if (!client) return;
  check_told(*client, {{"wrong", "0"},
                       {"old-secret", "202"},
                       {"wrong-secret", "401"},
                       {"changed-byte", "401"},
                       {"first", "202"},
                       {"redelivered", "202 duplicate"},
                       {"replayed-with-another-id", "202 duplicate"},
                       {"form", "202"},
                       {"form-signed-as-json", "401"},
                       {"ping", "200"}});
  const Told lines = told(*client);
  CHECK((lines.contains("payloads") && std::stoi(lines.at("payloads")) > 200));
}

TEST_CASE("webhooks: Standard Webhooks as standardwebhooks and svix sign them, with one key and several") {
  Server server;
  const std::string secret = "whsec_" + to_base64("a key of the hook, long enough");
  const std::string old = "whsec_" + to_base64("an old key of the hook, long enough");
  set_secret(server, "accounts-2026", secret);
  set_secret(server, "accounts-2025", old);
  apply_hooks(server, pipeline("accounts",
                               "path: /accounts, verify: {scheme: standard-webhooks, secrets: "
                               "[accounts-2026, accounts-2025]}"));
  const auto client = run_client("standard_webhooks.mjs", {server.url("/hooks/accounts"), secret, old});
  if (!client) return;
  Told expected = {{"svix-own-headers", "202"}, {"svix-id-kept", "202"}, {"svix-id-replaced", "202 duplicate"}};
  for (const std::string library : {"standardwebhooks", "svix"}) {
    expected.insert({{library + "-one", "202"},
                     {library + "-again", "202 duplicate"},
                     {library + "-old-secret", "202"},
                     {library + "-several", "202"},
                     {library + "-rotating", "202"},
                     {library + "-wrong-secret", "401"},
                     {library + "-changed-byte", "401"},
                     {library + "-old-time", "401"},
                     {library + "-future", "401"}});
  }
  check_told(*client, expected);
}

TEST_CASE("webhooks: Stripe's events as its own package signs them") {
  Server server;
  set_secret(server, "stripe", "whsec_test_secret");
  set_secret(server, "stripe-old", "whsec_old_secret");
  apply_hooks(server, pipeline("pay", "path: /pay, verify: {scheme: stripe, secrets: [stripe, stripe-old]}"));
  const auto client =
      run_client("stripe_webhooks.mjs", {server.url("/hooks/pay"), "whsec_test_secret", "whsec_old_secret"});
  if (!client) return;
  check_told(*client, {{"one", "202"},
                       {"again", "202 duplicate"},
                       {"old-secret", "202"},
                       {"several", "202"},
                       {"wrong-secret", "401"},
                       {"changed-byte", "401"},
                       {"old-time", "401"},
                       {"future", "401"}});
}

TEST_CASE("webhooks: hostile requests are refused by name, and the hook goes on serving") {
  Server server;
  set_secret(server, "stripe", "whsec_test_secret");
  apply_hooks(server, pipeline("pay", "path: /pay, verify: {scheme: stripe, secrets: [stripe]}") +
                          pipeline("open",
                                   "path: /open, idHeader: X-Id, bodyLimit: 64KiB, verify: {scheme: none, "
                                   "insecure: true}"));
  const auto ask = [&](const std::string& path, const std::string& fields, const std::string& body) {
    RawClient client(server.port());
    client.send("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n" + fields +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const auto response = client.read_response();
    return response ? std::pair(response->status, response->body) : std::pair(0, std::string());
  };
  const auto check = [&](const std::pair<int, std::string>& reply, int status, const std::string& text) {
    CAPTURE(reply.second);
    CHECK(reply.first == status);
    CHECK(reply.second.find(text) != std::string::npos);
  };
  const std::string body = R"({"id":"evt_1","type":"charge.succeeded"})";
  const auto signed_at = [&](const std::string& time) {
    return "t=" + time + ",v1=" + to_hex(hmac(HashKind::kSha256, "whsec_test_secret", time + "." + body));
  };
  const std::string now = std::to_string(std::time(nullptr));
  std::string many = "t=" + now;
  for (int i = 0; i < 30; ++i) many += ",v1=" + std::string(64, 'a');
  check(ask("/hooks/pay", "Stripe-Signature: " + many + "\r\n", body), 401, "more than 16 parts, the limit");
  const std::string twice = "Stripe-Signature: " + signed_at(now) + "\r\n";
  check(ask("/hooks/pay", twice + twice, body), 401, "one signature");
  for (const char* time : {"-1", "99999999999999999999", "9223372036854775807", "0x10", "1e9", " ", "+1"}) {
    CAPTURE(time);
    check(ask("/hooks/pay", "Stripe-Signature: " + signed_at(time) + "\r\n", body), 401, "");
  }
  check(ask("/hooks/pay", "Stripe-Signature: " + std::string(17'000, 'x') + "\r\n", body), 431, "");
  check(ask("/hooks/open", "X-Id: " + std::string(10'240, 'i') + "\r\n", body), 400,
        "longer than 256 bytes, the limit");
  check(ask("/hooks/open", std::string("X-Id: a\0b\r\n", 11), body), 400, "");
  check(ask("/hooks/open", "X-Id: 1\r\nX-Id: 2\r\n", body), 400, "stands twice");
  check(ask("/hooks/open", "X-Id: caf\xe9\r\n", body), 400, "");
  check(ask("/hooks/open", "Content-Encoding: gzip\r\n", body), 415, "Content-Encoding");
  check(ask("/hooks/open", "Content-Type: application/json\r\n", "{\"a\":" + std::string(200, '[')), 202, "event");

  RawClient chunked(server.port());
  chunked.send("POST /hooks/open HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
               "\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 5; ++i) chunked.send("4000\r\n" + std::string(0x4000, 'c') + "\r\n");
  const auto refused = chunked.read_response();
  REQUIRE(refused);
  CHECK(refused->status == 413);
  CHECK(refused->body.find("larger than 64 KiB") != std::string::npos);

  check(ask("/hooks/pay", twice, body), 202, "run");
  check(ask("/hooks/pay", "Stripe-Signature: " + signed_at(now) + "\r\nX-Sojourn-Duplicate: forged\r\n", body), 202,
        "run");
}

}  // namespace sojourn::test
