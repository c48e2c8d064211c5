#include "loader/connect_schema.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "loader/function_json.h"
#include "loader/manifest.h"

namespace sojourn {
namespace {

// What the manifest with this `connect` is refused for, without the file's name and the path of the key.
std::string refusal_of(const std::string& value) {
  const std::string text = "sojourn: 1\nfunctions:\n  api:\n    artifact: a.so\n    connect: " + value + "\n";
  const auto manifest = parse_manifest(text, "sojourn.yaml");
  return manifest ? "" : manifest.error().text();
}

struct Wrong {
  const char* url;
  const char* words;
};

constexpr Wrong kWrong[] = {
    {"db.example.com:5432", "expected is tcp://HOST:PORT"},
    {"http://db.example.com:80", "expected is tcp://HOST:PORT"},
    {"unix:///run/db.sock", "expected is tcp://HOST:PORT"},
    {"TCP://db.example.com:1", "expected is tcp://HOST:PORT"},
    {"tcp://db.example.com", "expected is tcp://HOST:PORT"},
    {"tcp://2001:4860::8888:53", "expected is tcp://HOST:PORT"},
    {"tcp://[db.example.com]:53", "expected is tcp://HOST:PORT"},
    {"tcp://[::1:53", "expected is tcp://HOST:PORT"},
    {"tcp://:5432", "neither a name nor an address"},
    {"tcp://user@db.example.com:5432", "neither a name nor an address"},
    {"tcp://user:pass@db.example.com:5432", "expected is tcp://HOST:PORT"},
    {"tcp://db..example.com:5432", "neither a name nor an address"},
    {"tcp://-db.example.com:5432", "neither a name nor an address"},
    {"tcp://db example:5432", "neither a name nor an address"},
    {"tcp://db%2eexample:5432", "neither a name nor an address"},
    {"tcp://[fe80::1%25lo]:5432", "neither a name nor an address"},
    {"tcp://db.example.com:5432/", "its port is not a number"},
    {"tcp://db.example.com:0", "its port is not a number"},
    {"tcp://db.example.com:65536", "its port is not a number"},
    {"tcp://db.example.com:+80", "its port is not a number"},
    {"tcp://db.example.com:postgres", "its port is not a number"},
    {"tcp://127.1:80", "four decimal numbers"},
    {"tcp://2130706433:80", "four decimal numbers"},
    {"tcp://0x7f000001:80", "four decimal numbers"},
    {"tcp://0177.0.0.1:80", "four decimal numbers"},
    {"tcp://localhost:80", "leads to this host: it needs `private: true`"},
    {"tcp://LocalHost.:80", "leads to this host: it needs `private: true`"},
    {"tcp://db.localhost:80", "leads to this host: it needs `private: true`"},
    {"tcp://127.0.0.1:80", "leads to 127.0.0.1, which is a loopback address: it needs `private: true`"},
    {"tcp://10.0.0.1:80", "which is a private address: it needs `private: true`"},
    {"tcp://[fd00::1]:80", "which is a unique local address: it needs `private: true`"},
    {"tcp://169.254.169.254:80", "which is a link-local address: it needs `private: true`"},
    {"tcp://[::ffff:10.0.0.1]:80", "functions never connect there"},
    {"tcp://[64:ff9b::7f00:1]:80", "functions never connect there"},
    {"tcp://0.0.0.0:80", "functions never connect there"},
    {"tcp://224.0.0.1:80", "functions never connect there"},
};

}  // namespace

TEST_CASE("connect schema: a bad URL is refused with its place") {
  for (const Wrong& wrong : kWrong) {
    CAPTURE(wrong.url);
    const std::string text = refusal_of("{db: \"" + std::string(wrong.url) + "\"}");
    CAPTURE(text);
    CHECK(text.starts_with("sojourn.yaml:5:20: functions.api.connect.db: "));
    CHECK(text.find(wrong.words) != std::string::npos);
  }
}

TEST_CASE("connect schema: names, counts and types are checked") {
  CHECK(refusal_of("[db]").find("expected is a mapping of names to URLs") != std::string::npos);
  CHECK(refusal_of("{Db: \"tcp://a.example:1\"}").find("is not a connection's name") != std::string::npos);
  CHECK(refusal_of("{../db: \"tcp://a.example:1\"}").find("is not a connection's name") != std::string::npos);
  CHECK(refusal_of("{" + std::string(32, 'd') + ": \"tcp://a.example:1\"}").find("31 bytes at most") !=
        std::string::npos);
  CHECK(refusal_of("{db: 5432}").find("is the number 5432; expected is a URL") != std::string::npos);
  CHECK(refusal_of("{db: {private: true}}").find("has no `url`") != std::string::npos);
  CHECK(refusal_of("{db: {url: \"tcp://a.example:1\", privat: true}}").find("did you mean `private`?") !=
        std::string::npos);
  CHECK(refusal_of("{db: {url: \"tcp://a.example:1\", private: 1}}").find("expected is true or false") !=
        std::string::npos);
  std::string many;
  for (char c = 'a'; c < 'i'; ++c) many += std::string(many.empty() ? "{" : ", ") + c + ": \"tcp://a.example:1\"";
  CHECK(refusal_of(many + "}").find("has 8 names; a function may have 7") != std::string::npos);
}

TEST_CASE("connect schema: what is read is written back in its shortest form") {
  const std::string text =
      R"({"connect":{"cache":{"url":"tcp://10.0.0.5:6379","private":true},"db":"tcp://db.example.com:5432",)"
      R"("v6":"tcp://[2001:4860::8888]:53"}})";
  const auto config = config_from_json(std::string_view(text));
  REQUIRE_MESSAGE(config, config.error().text());
  CHECK(config->connect.at("db").host == "db.example.com");
  CHECK(config->connect.at("db").port == 5432);
  CHECK(!config->connect.at("db").is_private);
  CHECK(config->connect.at("cache").is_private);
  CHECK(config->connect.at("v6").host == "2001:4860::8888");
  const std::string written = config_json(*config);
  CHECK(written.find(text.substr(1, text.size() - 2)) != std::string::npos);
  CHECK(config_json(FunctionConfig{}).find("connect") == std::string::npos);
}

TEST_CASE("connect schema: options change one name, and null takes it away") {
  auto config =
      config_from_json(std::string_view(R"({"connect":{"db":"tcp://a.example:1","cache":"tcp://b.example:2"}})"));
  REQUIRE(config);
  config = with_options(*config, Options{{"connect.db", "tcp://c.example:3"}});
  REQUIRE(config);
  CHECK(config->connect.at("db").host == "c.example");
  CHECK(config->connect.at("cache").host == "b.example");
  config = with_options(*config, R"({"connect":{"cache":null}})");
  REQUIRE(config);
  CHECK(config->connect.size() == 1);
  config = with_options(*config, R"({"connect":{"db":{"private":true}}})");
  REQUIRE(config);
  CHECK(config->connect.at("db").host == "c.example");
  CHECK(config->connect.at("db").is_private);
}

}  // namespace sojourn
