// Versions, refusals and what survives a restart.
#include <doctest/doctest.h>
#include <signal.h>

#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

void check_refused(Server& server, const std::filesystem::path& object, const std::string& reason) {
  const Reply reply = server.deploy("subject", object);
  CAPTURE(reply.body);
  CHECK(reply.status == 422);
  CHECK(reply.error_code() == "refused");
  CHECK(reply.body.find(reason) != std::string::npos);
  const Finished command = server.cli({"deploy", object.string(), "--name", "subject"});
  CHECK(command.status == 1);
}

}  // namespace

TEST_CASE("deploy: what is no function is refused with its reason, and nothing changes") {
  Server server;
  TemporaryDirectory directory;
  write_file(directory.path() / "text.so", "this is not ELF\n");
  check_refused(server, directory.path() / "text.so", "ELF");
  check_refused(server, sojourn_program(), "");  // an ELF file, but a program
  std::string truncated = read_file(example("hello")).substr(0, 900);
  write_file(directory.path() / "short.so", truncated);
  check_refused(server, directory.path() / "short.so", "");
  check_refused(server, hostile_act("crash_in_constructor"), "SIGSEGV");
  CHECK(server.get("/function/subject").status == 404);
  CHECK(server.get("/function/subject").error_code() == "function_not_found");
}

TEST_CASE("deploy: versions are numbered, immutable and callable by number") {
  Server server;
  CHECK(server.deploy("app", test_function("versioned-one")).status == 201);
  const Reply second = server.deploy("app", test_function("versioned-two"));
  CHECK(second.status == 201);
  CHECK(second.body.find("\"version\":2") != std::string::npos);
  CHECK(server.get("/function/app").body == "two 2\n");
  CHECK(server.get("/function/app@1").body == "one 1\n");
  CHECK(server.get("/function/app@2").body == "two 2\n");
  CHECK(server.get("/function/app@live").body == "two 2\n");
  const Reply missing = server.get("/function/app@9");
  CHECK(missing.status == 404);
  CHECK(missing.error_code() == "version_not_found");
  const Reply same = server.deploy("app", test_function("versioned-two"));
  CHECK(same.status == 200);
  CHECK(same.body.find("\"version\":2") != std::string::npos);
  const Reply reconfigured = server.deploy("app", test_function("versioned-two"), "?timeout=7s");
  CHECK(reconfigured.status == 201);
  CHECK(reconfigured.body.find("\"version\":3") != std::string::npos);
  const Finished history = server.cli({"history", "app"});
  CHECK(history.status == 0);
}

TEST_CASE("deploy: what is deployed is a commit that stock git can read") {
  Server server;
  server.deploy("app", test_function("versioned-one"));
  server.deploy("app", test_function("versioned-two"));
  TemporaryDirectory directory;
  const std::string repository = server.data() / "deployments.git";
  const std::string safe = "safe.directory=" + repository;
  const Finished check = run({"git", "-c", safe, "-C", repository, "fsck", "--strict"});
  CAPTURE(check.errors);
  CHECK(check.status == 0);
  const Finished log = run({"git", "-c", safe, "-C", repository, "log", "--format=%an %s"});
  CAPTURE(log.output);
  CHECK(log.output.find("app") != std::string::npos);
  CHECK(log.output.find("admin") != std::string::npos);
}

TEST_CASE("deploy: INIT runs once before the fork, START in each instance, and a throwing INIT refuses the deploy") {
  Server server;
  CHECK(server.deploy("stages", test_function("stages"), "?env.GREETING=moin").status == 201);
  CHECK(server.get("/function/stages").body == "ordered moin\n");
  const Reply refused = server.deploy("stages", test_function("stages"), "?env.REFUSE=weights.bin");
  CHECK(refused.status == 422);
  CHECK(refused.body.find("the model file is missing: weights.bin") != std::string::npos);
  CHECK(server.get("/function/stages").body == "ordered moin\n");
}

TEST_CASE("deploy: a version whose probe fails never gets traffic") {
  Server server;
  const std::string probe = "?probe.path=/healthz&probe.every=200ms&probe.failures=2";
  REQUIRE(server.deploy("health", test_function("health"), probe).status == 201);
  const Reply sick = server.deploy("health", test_function("health"), probe + "&env.SICK=1");
  CHECK(sick.status == 422);
  CAPTURE(sick.body);
  CHECK(sick.body.find("probe") != std::string::npos);
  CHECK(server.get("/function/health").body == "well\n");
  // An instance that falls ill later is retired, and a healthy one takes its place.
  CHECK(server.get("/function/health/sicken").body == "sick\n");
  CHECK(eventually([&] { return server.get("/function/health").body == "well\n"; }, 5s));
}

TEST_CASE("deploy: everything deployed answers after SIGTERM and after kill -9") {
  TemporaryDirectory directory;
  {
    Server server({.arguments = {"--dev"}, .data = directory.path() / "data", .uid = {}});
    REQUIRE(server.deploy("one", test_function("versioned-one")).status == 201);
    REQUIRE(server.deploy("two", test_function("versioned-two"), "?access=open").status == 201);
    REQUIRE(server.deploy("hello", example("hello")).status == 201);
    CHECK(server.stop().status == 0);
  }
  for (const char* round : {"after SIGTERM", "after kill -9"}) {
    CAPTURE(round);
    Server server({.arguments = {"--dev"}, .data = directory.path() / "data", .uid = {}});
    CHECK(server.get("/function/one").body == "one 1\n");
    CHECK(server.get("/function/two").body == "two 1\n");
    CHECK(server.get("/function/hello").body == "hello, world\n");
    server.process().signal(SIGKILL);
    server.process().wait(5s);
  }
}

TEST_CASE("deploy: apply shows the difference, changes all or nothing, and prunes only what is its own") {
  Server server;
  TemporaryDirectory directory;
  const auto manifest = directory.path() / "sojourn.yaml";
  std::filesystem::copy_file(test_function("versioned-one"), directory.path() / "one.so");
  std::filesystem::copy_file(test_function("versioned-two"), directory.path() / "two.so");
  REQUIRE(server.deploy("foreign", example("hello")).status == 201);
  write_file(manifest,
             "sojourn: 1\nname: shop\nfunctions:\n  a: {artifact: one.so, timeout: 5s}\n  b: {artifact: two.so}\n");
  const Finished dry = server.cli({"apply", "-f", manifest, "--dry-run"});
  CHECK(dry.status == 0);
  CHECK(dry.output.find("+ a") != std::string::npos);
  CHECK(server.get("/function/a").status == 404);
  REQUIRE(server.cli({"apply", "-f", manifest}).status == 0);
  CHECK(server.get("/function/a").body == "one 1\n");
  CHECK(server.get("/function/b").body == "two 1\n");

  std::filesystem::copy_file(hostile_act("crash_in_constructor"), directory.path() / "bad.so");
  write_file(manifest, "sojourn: 1\nname: shop\nfunctions:\n  a: {artifact: two.so}\n  b: {artifact: bad.so}\n");
  CHECK(server.cli({"apply", "-f", manifest}).status == 1);
  CHECK(server.get("/function/a").body == "one 1\n");

  write_file(manifest, "sojourn: 1\nname: shop\nfunctions:\n  a: {artifact: two.so}\n");
  REQUIRE(server.cli({"apply", "-f", manifest, "--prune"}).status == 0);
  CHECK(server.get("/function/a").body == "two 2\n");
  CHECK(server.get("/function/b").status == 404);
  CHECK(server.get("/function/foreign").status == 200);
}

TEST_CASE("deploy: a deployer of one function cannot touch another") {
  Server server({.arguments = {}, .data = {}, .uid = {}});
  const Finished made = server.cli({"tokens", "create", "ci", "--scope", "deploy:app-*"});
  CAPTURE(made.errors);
  REQUIRE(made.status == 0);
  std::string token = made.output.substr(made.output.find("sjt_"));
  token = token.substr(0, token.find_first_of(" \n\""));
  const auto put = [&](const std::string& name) {
    return curl(
        {"-T", example("hello"), "-H", "Authorization: Bearer " + token, server.url("/api/v1/functions/" + name)});
  };
  CHECK(put("app-one").status == 201);
  CHECK(put("other").status == 403);
  CHECK(server.get("/function/app-one").status == 401);
  CHECK(server.get("/function/app-one", {"-H", "Authorization: Bearer " + token}).status == 403);
  CHECK(server.get("/function/app-one", {"-H", "Authorization: Bearer " + server.token()}).status == 200);
  CHECK(read_file(server.data() / "tokens.json").find(token) == std::string::npos);
}

}  // namespace sojourn::test
