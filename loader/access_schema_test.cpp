#include "loader/access_schema.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "loader/function_json.h"
#include "loader/manifest.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

// A function with this line in it: its configuration, or why not.
Result<Manifest> manifest_with(const std::string& line) {
  return parse_manifest("sojourn: 1\nfunctions:\n  api:\n    artifact: a.so\n    " + line + "\n", "f.yaml");
}

FunctionConfig config_of(const std::string& line) {
  const auto manifest = manifest_with(line);
  REQUIRE_MESSAGE(manifest.ok(), (manifest.ok() ? "" : manifest.error().text()));
  return manifest->functions.at(0).config;
}

std::string refusal_of(const std::string& line) {
  const auto manifest = manifest_with(line);
  return manifest.ok() ? "(accepted)" : manifest.error().text();
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("access: every kind is read, and comes back from its JSON the same") {
  const char* lines[] = {
      "access: token",
      "access: open",
      "access: {key: api-key}",
      "access: {key: [new-key, old-key], header: X-Shop-Key}",
      "access: {bearer: api-key}",
      "access: {basic: {user: ada, password: [new, old]}}",
      "access: {hmac: signer}",
      "access: {hmac: {secrets: signer, scheme: github}}",
      "access: {hmac: {secrets: [a, b], scheme: stripe, tolerance: 1m}}",
      "access: {hmac: {secrets: s, scheme: standard-webhooks}}",
      "access: {hmac: {secrets: s, header: X-Sig, prefix: 'v=', encoding: base64, algorithm: sha512, timestamp: "
      "X-Time, "
      "signed: '{timestamp}.{body}'}}",
  };
  for (const char* line : lines) {
    CAPTURE(line);
    const FunctionConfig config = config_of(line);
    const auto again = config_from_json(std::string_view(config_json(config)));
    REQUIRE_MESSAGE(again.ok(), (again.ok() ? "" : again.error().text()));
    CHECK(*again == config);
  }
  const Access key = config_of("access: {key: [new-key, old-key], header: X-Shop-Key}").access;
  CHECK(key.kind == AccessKind::kKey);
  CHECK(key.secrets == Names{"new-key", "old-key"});
  CHECK(key.header == "x-shop-key");
  const Access basic = config_of("access: {basic: {user: ada, password: p}}").access;
  CHECK(basic.user == "ada");
  const Access stripe = config_of("access: {hmac: {secrets: [a, b], scheme: stripe, tolerance: 1m}}").access;
  CHECK(stripe.signature.tolerance == 1min);
  CHECK(stripe.signature.content == "{timestamp}.{body}");
}

TEST_CASE("access: mistakes are refused where they stand") {
  CHECK(refusal_of("access: opne") ==
        "f.yaml:5:13: functions.api.access: is `opne`; expected is token or open, did you mean `open`?");
  CHECK(refusal_of("access: {kye: k}") ==
        "f.yaml:5:14: functions.api.access.kye: is not a key that belongs here, did you mean `key`?");
  CHECK(refusal_of("access: {}").find("one of key, bearer, basic, hmac") != std::string::npos);
  CHECK(refusal_of("access: {header: X}").find("one of key, bearer, basic, hmac") != std::string::npos);
  CHECK(refusal_of("access: {key: k, bearer: b}").find("both `key` and `bearer`") != std::string::npos);
  CHECK(refusal_of("access: {bearer: b, header: X}").find("belongs to `key`") != std::string::npos);
  CHECK(refusal_of("access: {key: No}").find("f.yaml:5:19: functions.api.access.key: ") == 0);
  CHECK(refusal_of("access: {key: [k, k]}").find("names `k` twice") != std::string::npos);
  CHECK(refusal_of("access: {key: k, header: 'a b'}").find("the name of a header") != std::string::npos);
  CHECK(refusal_of("access: {key: null}").find("expected is a secret's name") != std::string::npos);
  CHECK(refusal_of("access: {basic: {password: p}}").find("needs a `user`") != std::string::npos);
  CHECK(refusal_of("access: {basic: {user: 'a:b', password: p}}").find("no colon") != std::string::npos);
  CHECK(refusal_of("access: {basic: {user: a}}").find("has no `password`") != std::string::npos);
  CHECK(refusal_of("access: {hmac: {scheme: github}}").find("has no `secrets`") != std::string::npos);
  CHECK(refusal_of("access: {hmac: {secrets: s, scheme: gitlob}}").find("expected is github") != std::string::npos);
  CHECK(refusal_of("access: {hmac: {secrets: s, timestamp: X-T}}").find("say both or neither") != std::string::npos);
  CHECK(refusal_of("access: {hmac: {secrets: s, signed: '{timestamp}{body}'}}").find("both or neither") !=
        std::string::npos);
  CHECK(refusal_of("access: {hmac: {secrets: s, signed: 'body'}}").find("{body} once") != std::string::npos);
  CHECK(refusal_of("access: {hmac: {secrets: s, signed: '{body}{body}'}}").find("{body} once") != std::string::npos);
}

TEST_CASE("access: a file's defaults may say it, and a function says otherwise whole") {
  const auto manifest = parse_manifest(
      "sojourn: 1\ndefaults: {access: {key: shared}, cors: {origins: ['https://a.example']}}\n"
      "functions:\n  one: {artifact: a.so}\n  two: {artifact: a.so, access: open}\n",
      "f.yaml");
  REQUIRE(manifest.ok());
  CHECK(manifest->functions[0].config.access.secrets == Names{"shared"});
  CHECK(manifest->functions[0].config.cors.has_value());
  CHECK(manifest->functions[1].config.access == Access{AccessKind::kOpen, {}, "x-api-key", {}, {}});
}

TEST_CASE("secrets: a list of names, each noted with its place") {
  CHECK(config_of("secrets: [mailer-key, db]").secrets == Names{"mailer-key", "db"});
  CHECK(config_of("secrets: []").secrets.empty());
  const auto manifest = manifest_with("{secrets: [a, b], access: {key: c}}");
  REQUIRE_FALSE(manifest.ok());  // a flow mapping is no line of a block mapping
  const auto noted = parse_manifest(
      "sojourn: 1\nfunctions:\n  api:\n    artifact: a.so\n    secrets: [a, b]\n    access: {key: c}\n", "f.yaml");
  REQUIRE(noted.ok());
  REQUIRE(noted->secret_uses.size() == 3);
  CHECK(noted->secret_uses[1].name == "b");
  CHECK(noted->secret_uses[1].at.line == 5);
  CHECK(noted->secret_uses[1].at.column == 18);
  CHECK(noted->secret_uses[2].path == "functions.api.access.key");
  CHECK(refusal_of("secrets: [a, 1]").find("f.yaml:5:18: functions.api.secrets: is the number 1") == 0);
  CHECK(refusal_of("secrets: {a: b}").find("a secret's name, or a list of them") != std::string::npos);
  std::string many;
  for (int i = 0; i < 17; ++i) many += (i == 0 ? "s" : ", s") + std::to_string(i);
  CHECK(refusal_of("secrets: [" + many + "]").find("names 17 secrets; the limit is 16") != std::string::npos);
}

TEST_CASE("cors: defaults are filled in, and mistakes refused") {
  const auto cors = config_of("cors: {origins: ['https://app.example.com', 'https://*.example.org:8443']}").cors;
  REQUIRE(cors.has_value());
  CHECK(cors->methods == Names{"GET", "HEAD", "POST"});
  CHECK(cors->headers == Names{"content-type"});
  CHECK(cors->max_age == 10min);
  const FunctionConfig full = config_of(
      "cors: {origins: ['https://a.example'], methods: ['*'], headers: [X-Api-Key], credentials: true, maxAge: 1h}");
  CHECK(full.cors->headers == Names{"x-api-key"});
  CHECK(*config_from_json(std::string_view(config_json(full))) == full);
  CHECK(refusal_of("cors: {methods: [GET]}").find("has no `origins`") != std::string::npos);
  CHECK(refusal_of("cors: {origins: [example.com]}").find("an origin such as") != std::string::npos);
  CHECK(refusal_of("cors: {origins: ['https://a.example/']}").find("an origin such as") != std::string::npos);
  CHECK(refusal_of("cors: {origins: ['*', 'https://a.example']}").find("stands alone") != std::string::npos);
  CHECK(refusal_of("cors: {origins: ['*'], credentials: true}").find("browsers refuse") != std::string::npos);
  CHECK(refusal_of("cors: {origins: ['*'], maxAge: 2d}").find("a duration") != std::string::npos);
  CHECK(refusal_of("cors: {origin: ['*']}").find("did you mean `origins`?") != std::string::npos);
}

TEST_CASE("access: options of a command say it too") {
  const auto named = with_options(FunctionConfig{},
                                  Options{{"secrets", "a,b"}, {"access.key", "k"}, {"cors", R"({"origins": ["*"]})"}});
  REQUIRE_MESSAGE(named.ok(), (named.ok() ? "" : named.error().text()));
  CHECK(named->secrets == Names{"a", "b"});
  CHECK(named->access.secrets == Names{"k"});
  const auto signed_body =
      with_options(*named, Options{{"access.hmac.secrets", "s"}, {"access.hmac.scheme", "github"}});
  REQUIRE(signed_body.ok());
  CHECK(signed_body->access.signature.header == "x-hub-signature-256");
  CHECK(with_options(*named, Options{{"secrets", ""}})->secrets.empty());
  CHECK_FALSE(with_options(*named, R"({"cors": null})")->cors.has_value());
  CHECK(with_options(*named, Options{{"access", "token"}})->access == Access{});
  CHECK(differences(FunctionConfig{}, *named) ==
        std::vector<std::string>{R"(secrets none → ["a","b"])", R"(access token → {"key":["k"],"header":"x-api-key"})",
                                 R"(cors none → {"origins":["*"],"methods":["GET","HEAD","POST"],)"
                                 R"("headers":["content-type"],"credentials":false,"maxAge":"10m"})"});
}

}  // namespace sojourn
