#include "loader/function_json.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace sojourn {
namespace {

using namespace std::chrono_literals;

FunctionConfig unusual() {
  FunctionConfig config;
  config.entry = "second";
  config.isolation = Isolation::kFresh;
  config.instances = {2, 3, 1500ms};
  config.timeout = 90s;
  config.memory = 6'000'000;
  config.cpu = 0.25;
  config.env = {{"A", "1"}, {"B", "two\nlines \"quoted\" \xC3\xA9"}};
  config.with = R"({"a":[1,2,{"b":null}]})";
  config.access.kind = AccessKind::kOpen;
  config.probe = Probe{"/health", 5s, 2};
  return config;
}

}  // namespace

TEST_CASE("function json: a configuration survives the way there and back") {
  for (const FunctionConfig& config : {FunctionConfig{}, unusual()}) {
    const auto from_text = config_from_json(std::string_view(config_json(config)));
    REQUIRE_MESSAGE(from_text.ok(), from_text.error().text());
    CHECK(*from_text == config);
    CHECK(*config_from_json(nlohmann::json::parse(config_json(config))) == config);
  }
  CHECK(config_json(FunctionConfig{})
            .starts_with(
                R"({"isolation":"reuse","instances":{"min":0,"max":8,"idle":"1m"},"timeout":"30s","memory":"128MiB")"));
}

TEST_CASE("function json: options change what they name and keep the rest") {
  const auto config = with_options(
      unusual(),
      Options{
          {"memory", "64MiB"}, {"instances.max", "9"}, {"env.PORT", "8080"}, {"env.B", "new"}, {"with", R"({"x":1})"}});
  REQUIRE_MESSAGE(config.ok(), config.error().text());
  FunctionConfig expected = unusual();
  expected.memory = 64u << 20;
  expected.instances.max = 9;
  expected.env = {{"A", "1"}, {"B", "new"}, {"PORT", "8080"}};
  expected.with = R"({"x":1})";
  CHECK(*config == expected);
}

TEST_CASE("function json: options as an object may remove with null") {
  const auto config = with_options(unusual(), R"({"env": {"A": null}, "probe": null, "with": null, "cpu": 2})");
  REQUIRE_MESSAGE(config.ok(), config.error().text());
  CHECK(config->env.size() == 1);
  CHECK_FALSE(config->probe.has_value());
  CHECK(config->with.empty());
  CHECK(config->cpu == doctest::Approx(2));
  CHECK_FALSE(with_options(unusual(), R"({"memory": null})").ok());
}

TEST_CASE("function json: mistakes have the manifest's words, without a place in a file") {
  CHECK(with_options(FunctionConfig{}, Options{{"memry", "1MiB"}}).error().text() ==
        "memry: is not a key that belongs here, did you mean `memory`?");
  CHECK(with_options(FunctionConfig{}, Options{{"timeout", "1h"}}).error().text() ==
        "timeout: is 1h; allowed is 1ms to 15m");
  CHECK(with_options(FunctionConfig{}, Options{{"stream", "x"}}).error().text() ==
        "stream: is not available in this version of Sojourn");
  CHECK(with_options(FunctionConfig{}, Options{{"env", "x"}}).error().text().starts_with("env: is `x`; expected"));
  CHECK(with_options(FunctionConfig{}, R"(["memory"])").error().text().find("is a list") != std::string::npos);
  CHECK_FALSE(with_options(FunctionConfig{}, R"({"memory":"8MiB","memory":"9MiB"})").ok());
  CHECK_FALSE(with_options(FunctionConfig{}, std::string(100'000, '{')).ok());
}

TEST_CASE("function json: differences are said key by key, values of env are kept to oneself") {
  FunctionConfig after = unusual();
  after.memory = 128u << 20;
  after.instances.max = 9;
  after.env = {{"A", "secret"}, {"C", "3"}};
  after.probe.reset();
  const auto lines = differences(unusual(), after);
  CHECK(lines == std::vector<std::string>{"instances.max 3 → 9", "memory 6MB → 128MiB", "env.A changed",
                                          "env.B removed", "env.C added",
                                          R"(probe {"path":"/health","every":"5s","failures":2} → none)"});
  CHECK(differences(after, after).empty());
}

}  // namespace sojourn
