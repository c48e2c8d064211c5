// Pipelines from a manifest: checked, applied, shown, compared, taken away, on a real server.
#include <doctest/doctest.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/harness/server.h"

namespace sojourn::test {
namespace {

using Json = nlohmann::json;

// A manifest on disk, in the server's data directory.
class ManifestFile {
 public:
  explicit ManifestFile(Server& server) : path_(server.data() / "sojourn.yaml"), server_(server) {}

  std::string write(const std::string& text) {
    std::ofstream(path_) << text;
    return path_.string();
  }
  // `sojourn apply` of the text, with what it printed.
  Finished apply(const std::string& text, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"apply", "-f", write(text)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return server_.cli(std::move(arguments));
  }

 private:
  std::filesystem::path path_;
  Server& server_;
};

std::string functions() {
  return "functions:\n  hello: {artifact: " + example("hello").string() +
         "}\n  twice:\n    artifact: " + example("hello").string() + "\n    triggers: [{queue: {name: jobs}}]\n";
}

std::string shop(const std::string& timeout = "10s") {
  return "sojourn: 1\nname: shop\n" + functions() +
         "pipelines:\n  new-user:\n    triggers:\n      - webhook: {path: /accounts, verify: {scheme: github, secrets: "
         "[hub]}}\n      - event: {}\n        match: {exact: {type: user.created}}\n      - cron: {schedule: \"0 3 * * "
         "*\", "
         "timezone: Europe/Berlin}\n    key: /user/id\n    defaults: {timeout: " +
         timeout + "}\n    steps:\n      - {id: greet, call: hello}\n      - {emit: {type: com.example.greeted}}\n";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Json json_of(const Finished& done) {
  REQUIRE_MESSAGE(done.status == 0, done.errors);
  return Json::parse(done.output, nullptr, false);
}

}  // namespace

TEST_CASE("pipelines: a manifest is checked without a server, with the place of each mistake") {
  Server server;
  ManifestFile manifest(server);
  const Finished good = server.cli({"validate", manifest.write(shop())});
  CHECK_MESSAGE(good.status == 0, good.errors);
  CHECK(has(good.output, "2 functions and 1 pipeline, fit to deploy\n"));
  const Finished mistyped = server.cli({"validate", manifest.write("sojourn: 1\n" + functions() +
                                                                   "pipelines:\n  p:\n    triggers: [{event: {}}]\n"
                                                                   "    steps: [{call: hallo}]\n")});
  CHECK(mistyped.status == 1);
  CHECK(has(mistyped.errors, "pipelines.p.steps[0].call: there is no function `hallo`, did you mean `hello`?"));
  const Finished bad =
      server.cli({"validate", manifest.write("sojourn: 1\npipelines:\n  p:\n    triggers: [{cron: "
                                             "{schedule: \"* * * * *\", timezone: Mars/Olympus}}]\n    "
                                             "steps: [{call: hello}]\n")});
  CHECK(bad.status == 1);
  CHECK(has(bad.errors, "sojourn.yaml:4:23: pipelines.p.triggers[0].cron: "));
  const Finished later =
      server.cli({"validate", manifest.write("sojourn: 1\npipelines: {p: {triggers: [{event: {}}], steps: [{id: x, "
                                             "copy: {}}]}}\n")});
  CHECK(has(later.errors, "pipelines.p.steps[0].copy: is not available in this version of Sojourn"));
}

TEST_CASE("pipelines: apply shows the difference, makes one commit, and prunes what is its own") {
  Server server;
  ManifestFile manifest(server);
  const Finished unset = manifest.apply(shop());
  CHECK(unset.status == 1);
  CHECK(has(unset.errors, "pipelines.new-user.triggers[0].webhook.verify.secrets"));
  CHECK(has(unset.errors, "hub"));
  REQUIRE(server.cli({"secrets", "set", "hub"}, "a secret\n").status == 0);

  const Finished dry = manifest.apply(shop(), {"--dry-run"});
  REQUIRE_MESSAGE(dry.status == 0, dry.errors);
  CHECK(has(dry.output, "+ hello@1\n+ twice@1\n+ pipeline new-user@1\n"));
  CHECK(json_of(server.cli({"pipelines", "-o", "json"}))["items"].empty());

  const Finished applied = manifest.apply(shop());
  REQUIRE_MESSAGE(applied.status == 0, applied.errors);
  CHECK(has(applied.output, "pipeline new-user@1"));
  CHECK(has(manifest.apply(shop()).output, "nothing to change"));
  const Finished changed = manifest.apply(shop("20s"));
  CHECK(has(changed.output, "~ pipeline new-user@2: steps.greet.timeout 10s → 20s"));
  CHECK(has(server.cli({"history"}).output, "apply shop: 1 changed"));
  const Json commit = Json::parse(server.api("GET", "/history").body)["items"][0];
  CHECK(commit["pipelines"] == Json::array({"new-user@2"}));

  const std::string without = "sojourn: 1\nname: shop\n" + functions();
  CHECK(has(manifest.apply(without, {"--prune", "--dry-run"}).output, "- pipeline new-user"));
  REQUIRE(manifest.apply(without, {"--prune"}).status == 0);
  CHECK(server.api("GET", "/pipelines/new-user").error_code() == "pipeline_not_found");
  REQUIRE(manifest.apply(shop()).status == 0);
  CHECK(Json::parse(server.api("GET", "/pipelines/new-user").body)["version"] == 3);
}

TEST_CASE("pipelines: what is deployed is shown with its hooks and its definition") {
  Server server;
  ManifestFile manifest(server);
  REQUIRE(server.cli({"secrets", "set", "hub"}, "a secret\n").status == 0);
  REQUIRE(manifest.apply(shop()).status == 0);
  const Finished list = server.cli({"pipelines"});
  CHECK(has(list.output, "webhook /accounts, event, cron 0 3 * * * (Europe/Berlin)"));
  CHECK(has(list.output, "greet → emit"));
  const Json shown = json_of(server.cli({"pipelines", "show", "new-user", "-o", "json"}));
  CHECK(shown["owner"] == "shop");
  CHECK(shown["triggers"][0]["url"] == server.url("/hooks/accounts"));
  CHECK(shown["definition"]["steps"][0]["call"] == "hello");
  CHECK(shown["definition"]["key"] == Json::array({"/user/id"}));
  CHECK(has(server.cli({"pipelines", "show", "new-user"}).output, "/hooks/accounts"));
  CHECK(has(server.cli({"describe", "twice"}).output, "triggers:\n  queue jobs\n"));
  CHECK(server.cli({"pipelines", "show", "absent"}).status == 1);
}

TEST_CASE("pipelines: what a pipeline needs is not taken away, and what is missing is told where it stands") {
  Server server;
  ManifestFile manifest(server);
  REQUIRE(server.cli({"secrets", "set", "hub"}, "a secret\n").status == 0);
  REQUIRE(manifest.apply(shop()).status == 0);
  const Finished removed = server.cli({"remove", "hello"});
  CHECK(removed.status == 1);
  CHECK(has(removed.errors, "`new-user` would break: pipelines.new-user.steps[0].call: there is no function `hello`"));
  CHECK(has(server.cli({"secrets", "remove", "hub"}).errors, "is named by pipeline new-user"));
  const Finished dangling = manifest.apply(
      "sojourn: 1\nname: other\npipelines:\n  p:\n    triggers: [{event: {}}]\n    steps: [{call: helo}]\n");
  CHECK(dangling.status == 1);
  CHECK(has(dangling.errors,
            "sojourn.yaml:6:20: pipelines.p.steps[0].call: there is no function `helo`, did you mean `hello`?"));
  const Finished taken = manifest.apply(
      "sojourn: 1\nname: other\npipelines:\n  p:\n    triggers: [{queue: {name: jobs}}]\n    steps: [{call: hello}]\n");
  CHECK(taken.status == 1);
  CHECK(has(taken.errors, "twice"));
  const Finished owned = manifest.apply(
      "sojourn: 1\nname: other\npipelines:\n  new-user:\n    triggers: [{event: {}}]\n    steps: [{call: hello}]\n");
  CHECK(has(owned.errors, "pipelines.new-user: belongs to the manifest `shop`, not to `other`"));
}

TEST_CASE("pipelines: a manifest without a name is applied, and a restart serves what was applied") {
  Server server;
  ManifestFile manifest(server);
  const std::string nameless =
      "sojourn: 1\n" + functions() + "pipelines:\n  p: {triggers: [{event: {}}], steps: [{call: hello}]}\n";
  const Finished applied = manifest.apply(nameless);
  REQUIRE_MESSAGE(applied.status == 0, applied.errors);
  CHECK(has(manifest.apply(nameless).output, "nothing to change"));
  ServerOptions same;
  same.data = server.data();
  REQUIRE(server.stop().status == 0);
  Server again(same);
  const Json shown = Json::parse(again.api("GET", "/pipelines/p").body, nullptr, false);
  CHECK(shown["version"] == 1);
  CHECK(shown["owner"] == "");
}

}  // namespace sojourn::test
