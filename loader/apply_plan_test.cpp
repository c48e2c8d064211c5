#include "loader/apply_plan.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

using Artifacts = std::map<std::string, InspectedArtifact>;
using Lines = std::vector<std::string>;

Manifest manifest(const std::string& name, const std::string& functions) {
  const std::string head = name.empty() ? "sojourn: 1\n" : "sojourn: 1\nname: " + name + "\n";
  auto parsed = parse_manifest(head + "functions:\n" + functions, "sojourn.yaml");
  REQUIRE_MESSAGE(parsed.ok(), parsed.error().text());
  return std::move(*parsed);
}

InspectedArtifact inspected(const std::string& name, std::uint8_t seed = 1) {
  InspectedArtifact made;
  made.artifact.digest.bytes.fill(seed);
  made.facts.entries = {{1, EntryKind::kFunction, name, "entry_" + name, ""}};
  return made;
}

ApplyPlan plan(const Deployments& now, const Manifest& wanted, const Artifacts& artifacts, Prune prune = Prune::kKeep) {
  auto made = plan_apply(now, wanted, artifacts, prune);
  REQUIRE_MESSAGE(made.ok(), made.error().text());
  return std::move(*made);
}

// The state after the plan, as the repository would have it.
DeploymentsPtr apply(const Deployments& now, const ApplyPlan& planned) {
  const auto resolved = resolve(now, planned.change, 0);
  REQUIRE_MESSAGE(resolved.ok(), resolved.error().text());
  return after(now, *resolved, now.head + "x");
}

constexpr const char* kTwo = "  api: {artifact: a.so, memory: 64MiB}\n  hello: {artifact: h.so}\n";

}  // namespace

TEST_CASE("apply: everything is new on an empty server, and the same the second time") {
  const Artifacts artifacts = {{"api", inspected("api")}, {"hello", inspected("hello")}};
  const Manifest wanted = manifest("shop", kTwo);
  const ApplyPlan first = plan({}, wanted, artifacts);
  CHECK(first.lines == Lines{"+ api@1", "+ hello@1"});
  CHECK(first.changes_anything);
  CHECK(first.change.message == "apply shop: 2 new");
  CHECK(first.change.manifest->text == wanted.text);
  const auto state = apply({}, first);
  CHECK(state->functions.find("api")->second->owner == "shop");
  const ApplyPlan second = plan(*state, wanted, artifacts);
  CHECK(second.lines == Lines{"= api", "= hello"});
  CHECK_FALSE(second.changes_anything);
  CHECK(resolve(*state, second.change, 0)->empty());
}

TEST_CASE("apply: a changed function says what changes") {
  Artifacts artifacts = {{"api", inspected("api")}, {"hello", inspected("hello")}};
  const auto state = apply({}, plan({}, manifest("shop", kTwo), artifacts));
  artifacts["hello"] = inspected("hello", 2);
  const ApplyPlan changed = plan(
      *state, manifest("shop", "  api: {artifact: a.so, memory: 128MiB, env: {A: b}}\n  hello: {artifact: h.so}\n"),
      artifacts);
  CHECK(changed.lines ==
        Lines{"~ api@2: memory 64MiB → 128MiB, env.A added", "~ hello@2: artifact 010101010101 → 020202020202"});
  CHECK(changed.change.message == "apply shop: 2 changed");
}

TEST_CASE("apply: pruning removes what the manifest owns and no longer lists, and nothing else") {
  const Artifacts artifacts = {{"api", inspected("api")}, {"hello", inspected("hello")}, {"own", inspected("own")}};
  auto state = apply({}, plan({}, manifest("shop", kTwo), artifacts));
  state = apply(*state, plan(*state, manifest("other", "  own: {artifact: o.so}\n"), artifacts));
  const Manifest smaller = manifest("shop", "  hello: {artifact: h.so}\n");
  CHECK(plan(*state, smaller, artifacts).lines == Lines{"= hello"});
  const ApplyPlan pruned = plan(*state, smaller, artifacts, Prune::kRemoveOwned);
  CHECK(pruned.lines == Lines{"= hello", "- api"});
  CHECK(pruned.change.message == "apply shop: 1 removed");
  const auto after_pruning = apply(*state, pruned);
  CHECK_FALSE(after_pruning->functions.contains("api"));
  CHECK(after_pruning->functions.contains("own"));
  CHECK_FALSE(plan_apply(*state, manifest("", "  hello: {artifact: h.so}\n"), artifacts, Prune::kRemoveOwned).ok());
}

TEST_CASE("apply: another manifest's function is refused, one that nobody owns is taken over") {
  const Artifacts artifacts = {{"api", inspected("api")}, {"hello", inspected("hello")}};
  const auto state = apply({}, plan({}, manifest("shop", kTwo), artifacts));
  const auto refused = plan_apply(*state, manifest("intruder", kTwo), artifacts, Prune::kKeep);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text() ==
        "functions.api: belongs to the manifest `shop`, not to `intruder`\n"
        "functions.hello: belongs to the manifest `shop`, not to `intruder`");
  const auto free = apply({}, plan({}, manifest("", kTwo), artifacts));
  const ApplyPlan taken = plan(*free, manifest("shop", kTwo), artifacts);
  CHECK(taken.lines == Lines{"~ api: owner none → shop", "~ hello: owner none → shop"});
  CHECK(apply(*free, taken)->functions.find("api")->second->live == 1);
}

TEST_CASE("apply: a missing artifact or entry names its function") {
  const Artifacts artifacts = {{"api", inspected("api")}};
  const auto refused =
      plan_apply({}, manifest("shop", "  api: {artifact: a.so, entry: main}\n  hello: {artifact: h.so}\n"), artifacts,
                 Prune::kKeep);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text() ==
        "functions.api: the object holds no function `main`, it has: api\n"
        "functions.hello: its artifact was not uploaded");
}

TEST_CASE("apply: pipelines are applied, compared, owned and pruned as functions are") {
  const auto wanted = [](const std::string& name, const std::string& timeout) {
    return parse_manifest("sojourn: 1\nname: " + name +
                              "\npipelines:\n  p: {triggers: [{event: {}}], steps: [{call: f, timeout: " + timeout +
                              "}]}\n",
                          "sojourn.yaml");
  };
  const ApplyPlan first = plan({}, *wanted("shop", "5s"), {});
  CHECK(first.lines == Lines{"+ pipeline p@1"});
  CHECK(first.change.message == "apply shop: 1 new");
  const auto state = apply({}, first);
  CHECK(plan(*state, *wanted("shop", "5s"), {}).lines == Lines{"= pipeline p"});
  CHECK(plan(*state, *wanted("shop", "6s"), {}).lines == Lines{"~ pipeline p@2: steps.f.timeout 5s → 6s"});
  const auto other = plan_apply(*state, *wanted("other", "5s"), {}, Prune::kKeep);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().text() == "pipelines.p: belongs to the manifest `shop`, not to `other`");
  const ApplyPlan pruned = plan(*state, manifest("shop", "  {}\n"), {}, Prune::kRemoveOwned);
  CHECK(pruned.lines == Lines{"- pipeline p"});
  CHECK(apply(*state, pruned)->pipelines.empty());
}

}  // namespace sojourn
