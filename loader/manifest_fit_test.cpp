#include "loader/manifest_fit.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

constexpr const char* kSchema =
    R"({"type":"object","required":["perSecond"],"additionalProperties":false,"properties":{
        "perSecond":{"type":"number","minimum":0},"burst":{"type":"integer","default":10},
        "keys":{"type":"array","items":{"type":"string"}}}})";

struct Fitted {
  std::string refusal;
  std::string with;
};

Fitted fit(const std::string& lines, const std::string& schema = kSchema, EntryKind kind = EntryKind::kFunction) {
  auto manifest = parse_manifest("sojourn: 1\nfunctions:\n  api:\n    artifact: api.so\n" + lines, "sojourn.yaml");
  REQUIRE(manifest.ok());
  InspectedArtifact artifact;
  artifact.facts.entries.push_back({1, kind, "api", "sojourn_entry_api", schema});
  const Status status = fit_manifest(*manifest, {{"api", artifact}}, "sojourn.yaml");
  return {status.ok() ? "" : status.error().text(), manifest->functions[0].config.with};
}

}  // namespace

TEST_CASE("manifest fit: what fits has its defaults filled in") {
  CHECK(fit("    with: {perSecond: 5}\n").with == R"({"burst":10,"perSecond":5})");
  CHECK(fit("    with: {perSecond: 5}\n").refusal.empty());
  CHECK(fit("    with: {any: thing}\n", "").with == R"({"any":"thing"})");
  CHECK(fit("", "").with.empty());
}

TEST_CASE("manifest fit: a mistake is told with its place and path") {
  CHECK(fit("    with:\n      perSecond: -1\n").refusal ==
        "sojourn.yaml:6:18: functions.api.with.perSecond: is the number -1; expected is at least 0");
  CHECK(fit("    with: {perSecond: 1, keys: [a, 2]}\n").refusal ==
        "sojourn.yaml:5:36: functions.api.with.keys.1: is the number 2; expected is a text");
  CHECK(fit("    with: {perSecond: 1, persecond: 2}\n").refusal.starts_with("sojourn.yaml:5:37: functions.api.with."));
  const std::string missing = fit("    with: {burst: 1}\n").refusal;
  CHECK_MESSAGE(missing == "sojourn.yaml:5:11: functions.api.with: has no `perSecond`, which it needs", missing);
}

TEST_CASE("manifest fit: a function without `with` whose schema needs something is told where it begins") {
  const std::string refusal = fit("").refusal;
  CHECK_MESSAGE(refusal == "sojourn.yaml:4:5: functions.api.with: has no `perSecond`, which it needs", refusal);
}

TEST_CASE("manifest fit: a function by itself is told the path") {
  FunctionConfig config;
  config.with = R"({"perSecond":true})";
  const EntryNote entry{1, EntryKind::kFunction, "api", "sojourn_entry_api", kSchema};
  CHECK(fit_configuration(entry, config).error().text() == "with.perSecond: is the boolean true; expected is a number");
  config.with = R"({"perSecond":1.5})";
  CHECK(fit_configuration(entry, config).ok());
  CHECK(config.with == R"({"burst":10,"perSecond":1.5})");
}

TEST_CASE("manifest fit: a decorator may leave it to its uses") {
  CHECK(fit("", kSchema, EntryKind::kDecorator).refusal.empty());
  CHECK_FALSE(fit("    with: {perSecond: x}\n", kSchema, EntryKind::kDecorator).refusal.empty());
}

}  // namespace sojourn
