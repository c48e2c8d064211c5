// Chains of decorators as a user meets them: by manifest and with stock curl.
#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "tests/harness/server.h"
#include "tests/harness/steady_load.h"

namespace sojourn::test {
namespace {

// A server with a project whose functions are written line by line; `links.so` holds the decorator `relay`, which does
// what the query asks of the name in its `with`, and the function `mirror`.
class Project {
 public:
  Project() {
    for (const char* name : {"links", "hunter", "versioned-one"}) {
      std::filesystem::copy_file(test_function(name), directory_.path() / (std::string(name) + ".so"));
    }
  }
  Finished apply(const std::string& functions) {
    const std::filesystem::path file = directory_.path() / "sojourn.yaml";
    write_file(file, "sojourn: 1\nname: shop\nfunctions:\n" + functions);
    Finished applied = server.cli({"apply", "-f", file.string()});
    const std::string folder = directory_.path().string() + "/";
    for (std::size_t at = 0; (at = applied.errors.find(folder)) != std::string::npos;) {
      applied.errors.erase(at, folder.size());
    }
    return applied;
  }
  void must_apply(const std::string& functions) {
    const Finished applied = apply(functions);
    INFO(applied.output, applied.errors);
    REQUIRE(applied.status == 0);
  }
  // What `apply` says of a function `api` with this line of configuration.
  std::string refusal(const std::string& line) {
    const Finished applied = apply(kRelay + "  api:\n    artifact: links.so\n    entry: mirror\n    " + line + "\n");
    CHECK(applied.status == 1);
    return applied.errors;
  }

  static inline const std::string kRelay = "  relay: {artifact: links.so, entry: relay}\n";
  static inline const std::string kTwoLinks = kRelay +
                                              "  api:\n"
                                              "    artifact: links.so\n"
                                              "    entry: mirror\n"
                                              "    decorators:\n"
                                              "      - {use: relay, with: {name: a}}\n"
                                              "      - {use: relay, with: {name: b}}\n";
  Server server;

 private:
  TemporaryDirectory directory_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string header(const Reply& reply, const std::string& name) {
  const auto found = reply.headers.find(name);
  return found == reply.headers.end() ? "none" : found->second;
}

}  // namespace

TEST_CASE("decorators: links of their own stand around a function, and each is seen in Server-Timing and describe") {
  Project project;
  project.must_apply(project.kTwoLinks);
  const Reply reply = project.server.get("/function/api/x?a=tag&b=tag");
  CHECK(reply.status == 200);
  CHECK(has(reply.body, "x-in: a\nx-in: b\n"));
  CHECK(header(reply, "x-out") == "a");  // the outermost comes last
  const std::string timing = header(reply, "server-timing");
  CAPTURE(timing);
  CHECK(has(timing, ", relay;dur="));
  CHECK(timing.find(", relay;dur=") < timing.rfind(", relay;dur="));
  CHECK(timing.rfind(", relay;dur=") < timing.find(", function;dur="));
  const Finished described = project.server.cli({"describe", "api"});
  CHECK(has(described.output,
            "chain:\n  relay@1 (separate) {\"name\":\"a\"}\n  └─ relay@1 (separate) {\"name\":\"b\"}\n     └─ api@1 "
            "(function)\n"));
  const Reply itself = project.server.get("/function/relay");
  CHECK(itself.status == 404);
  CHECK(has(itself.body, "`relay` is a decorator: it is not called by itself"));
}

TEST_CASE("decorators: a new version of a decorator is in every chain at once, and an old one can be pinned") {
  Project project;
  project.must_apply(project.kTwoLinks);
  project.must_apply("  relay: {artifact: links.so, entry: relay, timeout: 7s}\n");
  CHECK(project.server.get("/function/api?a=tag").status == 200);
  CHECK(has(project.server.cli({"describe", "api"}).output, "relay@2 (separate)"));
  project.must_apply("  api: {artifact: links.so, entry: mirror, decorators: [{use: relay@1, with: {name: a}}]}\n");
  CHECK(header(project.server.get("/function/api?a=tag"), "x-out") == "a");
  CHECK(has(project.server.cli({"describe", "api"}).output, "relay@1 (separate)"));
}

TEST_CASE("decorators: nobody notices that a decorator is deployed again") {
  Project project;
  project.must_apply(project.kTwoLinks);
  SteadyLoad load(project.server.port(), "/function/api/x?a=tag&b=tag", "GET /x?a=tag&b=tag", 200, 4);
  for (int deploy = 0; deploy < 8; ++deploy) {
    project.must_apply("  relay: {artifact: links.so, entry: relay, env: {DEPLOY: \"" + std::to_string(deploy) +
                       "\"}}\n");
  }
  const LoadReport seen = load.stop();
  CAPTURE(seen.failures_text());
  CHECK(seen.sent > 0);
  CHECK(seen.failed == 0);
}

TEST_CASE("decorators: what the manifest says wrong is refused with its place") {
  Project project;
  CHECK(
      has(project.refusal("decorators: [realy]"),
          "sojourn.yaml:8:18: functions.api.decorators[0].use: there is no decorator `realy`, did you mean `relay`?"));
  CHECK(has(project.refusal("decorators: [api]"), "`api` is a function, not a decorator"));
  CHECK(has(project.refusal("decorators: [{use: compress, with: {level: 100}}]"),
            "sojourn.yaml:8:48: functions.api.decorators[0].with.level: is the number 100"));
  CHECK(has(project.refusal("decorators: [{use: relay, fuse: true}, {use: rate-limit, with: {perSecond: 9}}]"),
            "functions.api.decorators[1]: `rate-limit` stands inside `relay`, which is fused"));
  CHECK(has(project.refusal("calls: [nobody]"), "functions.api.calls[0]: there is no function `nobody`"));
  const Finished circle = project.apply(
      "  a: {artifact: links.so, entry: relay, decorators: [b]}\n"
      "  b: {artifact: links.so, entry: relay, decorators: [a]}\n");
  CHECK(circle.status == 1);
  CHECK(has(circle.errors, "sojourn.yaml:4:53: functions.a.decorators: go in a circle: a → b → a"));
  CHECK(project.server.get("/function/api").status == 404);
}

TEST_CASE("decorators: one that others use stays until they do without it") {
  Project project;
  project.must_apply(project.kTwoLinks);
  const Finished removed = project.server.cli({"remove", "relay"});
  CHECK(removed.status == 1);
  CHECK(has(removed.errors, "`api` would break: functions.api.decorators[0].use: there is no decorator `relay`"));
  CHECK(project.server.get("/function/api").status == 200);
  project.must_apply("  api: {artifact: links.so, entry: mirror}\n");
  CHECK(project.server.cli({"remove", "relay"}).status == 0);
  const Reply old = project.server.get("/function/api@1");
  CHECK(old.error_code() == "link_failed");
  CHECK(has(old.body, "the chain of api@1 is broken: decorators[0].use: there is no decorator `relay`"));
}

TEST_CASE("decorators: a link that dies, loops or says too much fails the call by its name") {
  Project project;
  project.must_apply("  relay: {artifact: links.so, entry: relay, replyLimit: 1MiB}\n" +
                     project.kTwoLinks.substr(project.kRelay.size()) + "    timeout: 1s\n");
  project.server.get("/function/api");
  for (const char* act : {"segv", "throw", "large"}) {
    const Reply reply = project.server.get(std::string("/function/api?a=") + act);
    CAPTURE(reply.body);
    CHECK(reply.status == 502);
    CHECK(reply.error_code() == "link_failed");
    CHECK(has(reply.body, "\"message\":\"relay@1: "));
  }
  CHECK(has(project.server.get("/function/api?a=large").body, "(replyLimit)"));
  const Reply late = project.server.get("/function/api?b=sleep");
  CHECK(late.status == 504);
  CHECK(late.error_code() == "deadline");
  CHECK(has(late.body, "relay@1 did not answer within 1s (timeout of api, for its whole chain)"));
  const Reply asleep = project.server.get("/function/api/sleep");
  CHECK(asleep.status == 504);
  CHECK(has(asleep.body, "api@1 did not answer within 1s"));
  const Reply crashed = project.server.get("/function/api/segv");
  CHECK(crashed.error_code() == "function_crashed");  // through two links that pass it on
  CHECK(crashed.status == 502);
  CHECK(project.server.get("/function/api").status == 200);
}

TEST_CASE("decorators: next without end is ended, and next after the reply does nothing") {
  Project project;
  project.must_apply(project.kTwoLinks);
  CHECK(project.server.get("/function/api?a=many").body == "stopped at 1000");
  CHECK(has(project.server.cli({"logs", "relay"}).output,
            "next and call were used 1000 times in one call, as often as they may be"));
  CHECK(project.server.get("/function/api?a=after").body == "all there is\n");
  CHECK(has(project.server.cli({"logs", "relay"}).output, "late: "));
  CHECK(project.server.get("/function/api").status == 200);
}

TEST_CASE("decorators: two links that both stream hand on what the function streams") {
  Project project;
  project.must_apply(project.kTwoLinks);
  const Reply reply = project.server.get("/function/api/stream?a=upper&b=upper&count=100&size=5000");
  CHECK(reply.status == 200);
  CHECK(reply.body == std::string(500'000, 'P'));
}

TEST_CASE("decorators: a hostile function inside finds nothing of the outer decorator's secret") {
  Project project;
  const std::string value = "planted-93b1c0d4e7f25a68";
  const std::string backwards(value.rbegin(), value.rend());
  REQUIRE(project.server.cli({"secrets", "set", "outer-key"}, value).status == 0);
  project.must_apply(
      "  keeping: {artifact: links.so, entry: relay, secrets: [outer-key]}\n"
      "  hunter:\n"
      "    artifact: hunter.so\n"
      "    decorators: [{use: keeping, with: {name: a}}]\n");
  for (int calls = 0; calls < 3; ++calls) {
    const Reply hunted = project.server.get("/function/hunter?a=secret", {"-d", backwards});
    CHECK(hunted.status == 200);
    CHECK(hunted.body == "nothing\n");
    CHECK(header(hunted, "x-secret-size") == std::to_string(value.size()));  // the decorator has it
  }
}

TEST_CASE("decorators: functions call those that `calls` names, and no others") {
  Project project;
  project.must_apply(
      "  callee: {artifact: versioned-one.so}\n"
      "  api: {artifact: links.so, entry: mirror, calls: [callee]}\n");
  CHECK(project.server.get("/function/api/call?name=callee").body == "one 1\n");
  CHECK(project.server.get("/function/api/call?name=api").status != 200);
  CHECK(has(project.server.cli({"logs", "api"}).output, "a call of `api` was denied: its `calls` do not name it"));
  const Finished removed = project.server.cli({"remove", "callee"});
  CHECK(removed.status == 1);
  CHECK(has(removed.errors, "functions.api.calls[0]: there is no function `callee`"));
}

TEST_CASE("decorators: the example of the book does what its README says") {
  Server server;
  const std::filesystem::path examples = example("hello").parent_path();
  REQUIRE(server.cli({"apply", "-f", (examples / "sojourn.yaml").string()}).status == 0);
  const Reply reply = server.get("/function/painter", {"-d", R"({"Name": "Ada"})"});
  CHECK(reply.status == 200);
  CHECK(reply.body == "Ada gets a coat of Transparent\n");
  CHECK(header(reply, "x-stamp") == "stamp-c");
  const Reply again =
      server.get("/function/painter", {"-d", R"({"Name": "Ada"})", "-H", "if-none-match: " + header(reply, "etag")});
  CHECK(again.status == 304);
}

TEST_CASE("decorators: the example of a guarded API lets in who has the key, and those alone") {
  Server server;
  const std::filesystem::path examples = example("hello").parent_path();
  REQUIRE(server.cli({"secrets", "set", "api-key"}, "a-key-of-some-length").status == 0);
  REQUIRE(server.cli({"apply", "-f", (examples / "guarded-api.yaml").string()}).status == 0);
  CHECK(server.get("/function/api", {"-d", "{}"}).status == 401);
  const Reply reply = server.get("/function/api", {"-d", "{}", "-H", "X-Api-Key: a-key-of-some-length"});
  CHECK(reply.body == "Nameless gets a coat of Transparent\n");
}

}  // namespace sojourn::test
