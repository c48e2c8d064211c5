// Who may call a function, and which pages: each kind of access with stock curl.
#include <doctest/doctest.h>

#include "runtime/crypto/encoding.h"
#include "runtime/crypto/hmac.h"
#include "tests/harness/server.h"

namespace sojourn::test {
namespace {

using Arguments = std::vector<std::string>;

ServerOptions without_dev() {
  ServerOptions options;
  options.arguments = {};
  return options;
}

void set(Server& server, const std::string& name, const std::string& value) {
  const Finished done = server.cli({"secrets", "set", name}, value + "\n");
  REQUIRE_MESSAGE(done.status == 0, done.errors);
}

void deploy(Server& server, const std::string& access) {
  const Finished done =
      server.cli({"deploy", test_function("keeper").string(), "--name", "keeper", "--access", access});
  REQUIRE_MESSAGE(done.status == 0, done.errors);
}

Reply ask(Server& server, Arguments arguments, const std::string& path = "/function/keeper/headers") {
  return server.get(path, std::move(arguments));
}

void check_unauthorized(const Reply& reply, const std::string& challenge) {
  CAPTURE(reply.body);
  CHECK(reply.status == 401);
  CHECK(reply.error_code() == "unauthorized");
  REQUIRE(reply.headers.contains("www-authenticate"));
  CHECK(reply.headers.at("www-authenticate").starts_with(challenge));
}

}  // namespace

TEST_CASE("access: a key opens, is rotated without a gap, and stays unseen by the function") {
  Server server;  // --dev: what a manifest asks for beyond a token holds there too
  set(server, "new-key", "value of the new key");
  set(server, "old-key", "value of the old key");
  deploy(server, R"({"key": ["new-key", "old-key"]})");
  check_unauthorized(ask(server, {}), "ApiKey");
  check_unauthorized(ask(server, {"-H", "X-Api-Key: guess"}), "ApiKey");
  check_unauthorized(ask(server, {"-H", "Authorization: Bearer " + server.token()}), "ApiKey");
  for (const char* key : {"value of the new key", "value of the old key"}) {
    const Reply reply = ask(server, {"-H", std::string("X-Api-Key: ") + key, "-H", "X-Other: seen"});
    CHECK(reply.status == 200);
    CHECK(reply.body.find("x-other=seen") != std::string::npos);
    CHECK(reply.body.find("x-api-key") == std::string::npos);
  }
  set(server, "old-key", "another value");
  check_unauthorized(ask(server, {"-H", "X-Api-Key: value of the old key"}), "ApiKey");
  CHECK(ask(server, {"-H", "X-Api-Key: another value"}).status == 200);
  const Finished described = server.cli({"describe", "keeper"});
  CHECK(described.output.find("access.key") != std::string::npos);
  CHECK(described.output.find("new-key") != std::string::npos);
}

TEST_CASE("access: bearer and basic, as curl sends them") {
  Server server;
  set(server, "password", "correct horse");
  deploy(server, R"({"bearer": "password"})");
  check_unauthorized(ask(server, {"-H", "Authorization: Bearer wrong"}), "Bearer");
  const Reply bearer = ask(server, {"-H", "Authorization: Bearer correct horse"});
  CHECK(bearer.status == 200);
  CHECK(bearer.body.find("authorization") == std::string::npos);

  deploy(server, R"({"basic": {"user": "ada", "password": "password"}})");
  check_unauthorized(ask(server, {}), "Basic");
  check_unauthorized(ask(server, {"--user", "ada:wrong"}), "Basic");
  check_unauthorized(ask(server, {"--user", "bob:correct horse"}), "Basic");
  const Reply basic = ask(server, {"--user", "ada:correct horse"});
  CHECK(basic.status == 200);
  CHECK(basic.body.find("authorization") == std::string::npos);
}

TEST_CASE("access: a signature over the raw body opens, whatever way the body comes") {
  Server server;
  set(server, "signer", "key of the signer");
  deploy(server, R"({"hmac": {"secrets": "signer", "scheme": "github"}})");
  std::string body = "a body\nwith \x01 bytes ";
  body += std::string(100'000, 'x');
  const std::string signature =
      "X-Hub-Signature-256: sha256=" + to_hex(hmac(HashKind::kSha256, "key of the signer", body));
  TemporaryDirectory directory;
  write_file(directory.path() / "body", body);
  const std::string file = "@" + (directory.path() / "body").string();
  const Reply whole = ask(server, {"--data-binary", file, "-H", signature});
  CHECK_MESSAGE(whole.status == 200, whole.body);
  CHECK(ask(server, {"--data-binary", file, "-H", signature, "-H", "Transfer-Encoding: chunked"}).status == 200);
  check_unauthorized(ask(server, {"--data-binary", file}), "Signature");
  check_unauthorized(ask(server, {"--data-binary", "another body", "-H", signature}), "Signature");
  check_unauthorized(ask(server, {"-H", signature}), "Signature");
}

TEST_CASE("access: without --dev a function asks for a token unless it says otherwise") {
  Server server(without_dev());
  set(server, "api-key", "value of the key");
  REQUIRE(server.deploy("plain", test_function("keeper")).status == 201);
  check_unauthorized(server.get("/function/plain/headers"), "Bearer");
  deploy(server, R"({"key": "api-key"})");
  CHECK(ask(server, {"-H", "X-Api-Key: value of the key"}).status == 200);
  CHECK(server.cli({"secrets", "remove", "api-key", "--force"}).status == 0);
  const Reply closed = ask(server, {"-H", "X-Api-Key: value of the key"});
  CHECK(closed.status == 503);
  CHECK(closed.body.find("is not set") != std::string::npos);
}

TEST_CASE("access: a deploy that names an unknown secret is refused, in a manifest with its place") {
  Server server;
  const Reply put = server.deploy("keeper", test_function("keeper"), "?access.key=no-such-key");
  CHECK(put.status == 422);
  CHECK(put.body.find("there is no secret `no-such-key`") != std::string::npos);
  TemporaryDirectory directory;
  std::filesystem::copy_file(test_function("keeper"), directory.path() / "keeper.so");
  write_file(directory.path() / "sojourn.yaml",
             "sojourn: 1\nname: shop\nfunctions:\n  keeper:\n    artifact: keeper.so\n    secrets: [mailer-key]\n"
             "    access: {key: api-kye}\n");
  set(server, "api-key", "value of the key");
  const Finished apply = server.cli({"apply", "-f", (directory.path() / "sojourn.yaml").string()});
  CHECK(apply.status == 1);
  CAPTURE(apply.errors);
  CHECK(apply.errors.find("sojourn.yaml:6:15: functions.keeper.secrets: there is no secret `mailer-key`") !=
        std::string::npos);
  CHECK(apply.errors.find("sojourn.yaml:7:19: functions.keeper.access.key: there is no secret `api-kye`, did you mean "
                          "`api-key`?") != std::string::npos);
  CHECK(server.get("/function/keeper").status == 404);
}

TEST_CASE("cors: a preflight is answered before access, and actual replies are marked") {
  Server server;
  set(server, "api-key", "value of the key");
  const Finished done =
      server.cli({"deploy", test_function("keeper").string(), "--name", "keeper", "--access", R"({"key": "api-key"})",
                  "--set", R"(cors={"origins": ["https://app.example.com"], "headers": ["X-Api-Key"]})"});
  REQUIRE_MESSAGE(done.status == 0, done.errors);
  const Arguments from_page = {"-H", "Origin: https://app.example.com"};
  Arguments asking = from_page;
  for (const char* more : {"-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST", "-H",
                           "Access-Control-Request-Headers: x-api-key"}) {
    asking.push_back(more);
  }
  const Reply preflight = ask(server, asking);
  CHECK(preflight.status == 204);
  CHECK(preflight.headers.at("access-control-allow-origin") == "https://app.example.com");
  CHECK(preflight.headers.at("access-control-allow-methods") == "GET, HEAD, POST");
  CHECK(preflight.headers.at("access-control-allow-headers") == "x-api-key");
  CHECK(preflight.headers.at("vary") == "Origin");
  CHECK(preflight.body.empty());

  asking[1] = "Origin: https://evil.example";
  const Reply refused = ask(server, asking);
  CHECK(refused.status == 403);
  CHECK(refused.error_code() == "forbidden");
  CHECK_FALSE(refused.headers.contains("access-control-allow-origin"));

  Arguments with_key = from_page;
  with_key.insert(with_key.end(), {"-H", "X-Api-Key: value of the key"});
  const Reply reply = ask(server, with_key);
  CHECK(reply.status == 200);
  CHECK(reply.headers.at("access-control-allow-origin") == "https://app.example.com");
  const Reply error = ask(server, from_page);  // a page may read why it was refused
  CHECK(error.status == 401);
  CHECK(error.headers.at("access-control-allow-origin") == "https://app.example.com");
  CHECK_FALSE(ask(server, {"-H", "X-Api-Key: value of the key"}).headers.contains("access-control-allow-origin"));
  CHECK(ask(server, {"-X", "OPTIONS", "-H", "X-Api-Key: value of the key"}).status == 200);
}

}  // namespace sojourn::test
