#include "loader/manifest.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "loader/pipeline_schema.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

Manifest parse(std::string_view text) {
  auto manifest = parse_manifest(text, "sojourn.yaml");
  REQUIRE_MESSAGE(manifest.ok(), manifest.error().text());
  return std::move(*manifest);
}

std::string refusal(std::string_view text) {
  const auto manifest = parse_manifest(text, "sojourn.yaml");
  REQUIRE_FALSE(manifest.ok());
  CHECK(manifest.error().code() == ErrorCode::kRefused);
  return manifest.error().text();
}

// The refusal of one line under `api:`.
std::string refusal_of(const std::string& line) {
  return refusal("sojourn: 1\nfunctions:\n  api:\n    artifact: a.so\n    " + line + "\n");
}

constexpr std::string_view kFull = R"(sojourn: 1
name: shop
defaults: {timeout: 5s, memory: 64MiB, instances: {max: 4}}
functions:
  api:
    artifact: build/api.so
    entry: api-main
    isolation: fresh
    instances: {min: 1, idle: 2m}
    memory: 32MiB
    cpu: 0.5
    tmp: 1MiB
    threads: 2
    bodyLimit: 1MiB
    replyLimit: 2MiB
    logLimit: 1KiB
    backlog: {length: 7, wait: 250ms}
    env: {GREETING: hello, EMPTY: ""}
    with: {Name: Nameless, list: [1, true, null, 1.5]}
    access: open
    probe: {path: /healthz, every: 10s, failures: 3}
  plain:
    artifact: ../plain.so
)";

}  // namespace

TEST_CASE("manifest: every key arrives, over the file's defaults, over the platform's") {
  const Manifest manifest = parse(kFull);
  CHECK(manifest.name == "shop");
  CHECK(manifest.text == kFull);
  REQUIRE(manifest.functions.size() == 2);
  const ManifestFunction& api = manifest.functions[0];
  CHECK(api.name == "api");
  CHECK(api.artifact == "build/api.so");
  CHECK(api.at.line == 5);
  const FunctionConfig& config = api.config;
  CHECK(config.entry == "api-main");
  CHECK(config.isolation == Isolation::kFresh);
  CHECK(config.instances == InstanceLimits{1, 4, 2min});
  CHECK(config.timeout == 5s);
  CHECK(config.memory == 32u << 20);
  CHECK(config.cpu == doctest::Approx(0.5));
  CHECK(config.tmp == 1u << 20);
  CHECK(config.threads == 2);
  CHECK(config.body_limit == 1u << 20);
  CHECK(config.reply_limit == 2u << 20);
  CHECK(config.log_limit == 1024);
  CHECK(config.backlog == Backlog{7, 250ms});
  CHECK(config.env == std::map<std::string, std::string>{{"EMPTY", ""}, {"GREETING", "hello"}});
  CHECK(config.with == R"({"Name":"Nameless","list":[1,true,null,1.5]})");
  CHECK(config.access.kind == AccessKind::kOpen);
  CHECK(config.probe == Probe{"/healthz", 10s, 3});
  FunctionConfig plain;
  plain.timeout = 5s;
  plain.memory = 64u << 20;
  plain.instances.max = 4;
  CHECK(manifest.functions[1].config == plain);
}

TEST_CASE("manifest: JSON is read by the same schema") {
  const Manifest manifest = parse(R"({"sojourn": 1, "functions": {"api": {"artifact": "a.so", "timeout": "3s"}}})");
  CHECK(manifest.name.empty());
  CHECK(manifest.functions.at(0).config.timeout == 3s);
}

TEST_CASE("manifest: an unknown key is refused where it stands, with the nearest one") {
  CHECK(refusal_of("memroy: 64MiB") ==
        "sojourn.yaml:5:5: functions.api.memroy: is not a key that belongs here, did you mean `memory`?");
  CHECK(refusal_of("instances: {mx: 3}") ==
        "sojourn.yaml:5:17: functions.api.instances.mx: is not a key that belongs here, did you mean `max`?");
  CHECK(refusal_of("artefact: x")
            .starts_with(
                "sojourn.yaml:5:5: functions.api.artefact: is not a key that belongs here, did you mean `artifact`?"));
  CHECK(refusal("sojourn: 1\nfunction: {}\nfunctions: {}\n") ==
        "sojourn.yaml:2:1: function: is not a key that belongs here, did you mean `functions`?");
  CHECK(refusal("sojourn: 1\ndefaults: {env: {A: b}}\nfunctions: {}\n") ==
        "sojourn.yaml:2:12: defaults.env: is not a key that belongs here");
}

TEST_CASE("manifest: wrong types and ranges say what is expected") {
  CHECK(refusal_of("timeout: 5") ==
        "sojourn.yaml:5:14: functions.api.timeout: is the number 5; expected is a duration: a whole number and a unit, "
        "as in 250ms, 5s, 10m, 2h");
  CHECK(refusal_of("timeout: 16m") == "sojourn.yaml:5:14: functions.api.timeout: is 16m; allowed is 1ms to 15m");
  CHECK(refusal_of("memory: 64").find("expected is a size") != std::string::npos);
  CHECK(refusal_of("memory: 1MiB").ends_with("is 1MiB; allowed is 4MiB to 64GiB"));
  CHECK(refusal_of("threads: many").ends_with("is `many`; expected is a whole number"));
  CHECK(refusal_of("cpu: .nan").ends_with("is .nan; allowed is 0.01 to 1024"));
  CHECK(refusal_of("isolation: fersh").ends_with("is `fersh`; expected is reuse or fresh, did you mean `fresh`?"));
  CHECK(refusal_of("instances: 8").ends_with("is the number 8; expected is a mapping with min, max, idle"));
  CHECK(refusal_of("instances: {min: 9}").ends_with("has min 9 above max 8"));
  CHECK(refusal_of("probe: {path: healthz}").find("begins with /") != std::string::npos);
  CHECK(refusal_of("timeout:")
            .ends_with("functions.api.timeout: is null; expected is a duration: a whole number and a unit, as in "
                       "250ms, 5s, 10m, 2h"));
  CHECK(refusal_of("probe: null").find("is null") != std::string::npos);
}

TEST_CASE("manifest: values of env are strings, and bounded together") {
  CHECK(refusal_of("env: {PORT: 8080}") ==
        "sojourn.yaml:5:17: functions.api.env.PORT: is the number 8080; values of env are strings: quote it");
  CHECK(refusal_of("env: {DEBUG: true}").ends_with("is the boolean true; values of env are strings: quote it"));
  CHECK(refusal_of("env: {A-B: x}").find("is not a variable's name") != std::string::npos);
  CHECK(refusal_of("env: {A: \"x\\0y\"}").find("holds a NUL") != std::string::npos);
  CHECK(refusal_of("env: {A: " + std::string(33'000, 'x') + "}")
            .ends_with("takes 33003 bytes; the limit of one function's env is 32KiB"));
}

TEST_CASE("manifest: what a later version brings is refused by name, not passed over") {
  CHECK(refusal_of("stream: []") ==
        "sojourn.yaml:5:5: functions.api.stream: is not available in this version of Sojourn");
  CHECK(refusal("sojourn: 1\nfunctions: {}\ntests: {}\n") ==
        "sojourn.yaml:3:1: tests: is not available in this version of Sojourn");
}

TEST_CASE("manifest: the format, the names and the artifact are required") {
  CHECK(refusal("functions: {}\n").find("has no `sojourn: 1`") != std::string::npos);
  CHECK(refusal("sojourn: 2\nfunctions: {}\n")
            .ends_with("sojourn: is the number 2; this version of Sojourn reads format 1"));
  CHECK(refusal("sojourn: 1\n").find("has no `functions` and no `pipelines`") != std::string::npos);
  CHECK(refusal("sojourn: 1\nfunctions: {Api: {artifact: a}}\n") ==
        "sojourn.yaml:2:13: functions.Api: function name `Api` must begin with a letter a-z");
  CHECK(refusal("sojourn: 1\nfunctions: {api: {}}\n").find("has no `artifact`") != std::string::npos);
  CHECK(refusal("sojourn: 1\nname: My Shop\nfunctions: {}\n").find("manifest name `My Shop`") != std::string::npos);
  CHECK(refusal("- a\n").find("expected is a mapping") != std::string::npos);
}

TEST_CASE("manifest: all mistakes of a file come at once, in its order") {
  const std::string text = refusal("sojourn: 1\nfunctions:\n  a: {artifact: a, x: 1}\n  b: {artifact: b, memory: 1}\n");
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.starts_with("sojourn.yaml:3:20: functions.a.x:"));
  CHECK(text.find("\nsojourn.yaml:4:28: functions.b.memory:") != std::string::npos);
}

TEST_CASE("manifest: the schema for editors lists exactly the keys that are read") {
  std::ifstream file(SOJOURN_MANIFEST_SCHEMA);
  REQUIRE_MESSAGE(file.good(), SOJOURN_MANIFEST_SCHEMA);
  const auto schema = nlohmann::json::parse(file);
  auto groups = schema_key_names();
  groups.push_back(manifest_key_names());
  for (const auto& group : pipeline_key_names()) groups.push_back(group);
  for (auto& group : groups) {
    if (group.where == "function") group.now.push_back(kArtifactKey);
    const auto& object = group.where == "manifest" ? schema : schema.at("$defs").at(std::string(group.where));
    std::set<std::string> listed;
    for (const auto& [key, value] : object.at("properties").items()) listed.insert(key);
    CHECK_MESSAGE(listed == std::set<std::string>(group.now.begin(), group.now.end()), group.where);
    CHECK(object.at("additionalProperties") == false);
  }
}

}  // namespace sojourn
