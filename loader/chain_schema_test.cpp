#include "loader/chain_schema.h"

#include <doctest/doctest.h>

#include "loader/function_json.h"
#include "loader/manifest.h"

namespace sojourn {
namespace {

std::string manifest_with(const std::string& lines) {
  return "sojourn: 1\nfunctions:\n  api:\n    artifact: api.so\n" + lines;
}

FunctionConfig read(const std::string& lines) {
  const auto manifest = parse_manifest(manifest_with(lines), "sojourn.yaml");
  REQUIRE_MESSAGE(manifest.ok(), manifest.error().text());
  return manifest->functions.at(0).config;
}

std::string refusal(const std::string& lines) {
  const auto manifest = parse_manifest(manifest_with(lines), "sojourn.yaml");
  return manifest.ok() ? "accepted" : manifest.error().text();
}

}  // namespace

TEST_CASE("chain schema: decorators come outermost first, as a name or with more") {
  const FunctionConfig config = read(
      "    decorators:\n"
      "      - {use: rate-limit, with: {perSecond: 100}}\n"
      "      - my-tag@3\n"
      "      - {use: defaults, fuse: true}\n"
      "    calls: [thumbnail, other]\n");
  CHECK(config.decorators == std::vector<DecoratorUse>{{"rate-limit", R"({"perSecond":100})", false},
                                                       {"my-tag@3", "", false},
                                                       {"defaults", "", true}});
  CHECK(config.calls == std::vector<std::string>{"thumbnail", "other"});
  const auto again = config_from_json(config_json(config));
  REQUIRE(again.ok());
  CHECK(*again == config);
}

TEST_CASE("chain schema: what is not a decorator is refused where it stands") {
  CHECK(refusal("    decorators: {use: a}\n") ==
        "sojourn.yaml:5:17: functions.api.decorators: is a mapping; expected is a list of decorators, outermost first");
  CHECK(refusal("    decorators: [{with: {}}]\n") ==
        "sojourn.yaml:5:18: functions.api.decorators[0]: has no `use`, the name of a decorator");
  CHECK(refusal("    decorators: [a, {usee: b}]\n") ==
        "sojourn.yaml:5:22: functions.api.decorators[1].usee: is not a key that belongs here, did you mean `use`?");
  CHECK(refusal("    decorators: [{use: a, fuse: 1}]\n") ==
        "sojourn.yaml:5:33: functions.api.decorators[0].fuse: is the number 1; expected is true or false");
  for (const char* use : {"A", "a@", "a@0", "a@x", "a@1x", "\"\""}) {
    CHECK(refusal(std::string("    decorators: [") + use + "]\n").ends_with("NAME@N for one of its versions"));
  }
  CHECK(refusal("    decorators: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]\n") ==
        "sojourn.yaml:5:17: functions.api.decorators: has 17 entries; the limit is 16");
}

TEST_CASE("chain schema: calls are names, each once") {
  CHECK(refusal("    calls: [a, b@2]\n") ==
        "sojourn.yaml:5:16: functions.api.calls[1]: is `b@2`; expected is a function's name");
  CHECK(refusal("    calls: [a, a]\n") == "sojourn.yaml:5:16: functions.api.calls[1]: names `a` a second time");
}

}  // namespace sojourn
