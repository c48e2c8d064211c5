// What a new user does in the first quarter of an hour.
#include <doctest/doctest.h>

#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

TEST_CASE("first steps: upload a .so with curl, get a URL, call it") {
  Server server;
  const Reply deployed = server.deploy("hello", example("hello"));
  CHECK(deployed.status == 201);
  CHECK(deployed.body.find("\"version\":1") != std::string::npos);
  CHECK(deployed.body.find("\"url\":\"" + server.url("/function/hello") + "\"") != std::string::npos);
  const Reply reply = server.get("/function/hello?name=Ada");
  CHECK(reply.status == 200);
  CHECK(reply.body == "hello, Ada\n");
  CHECK(reply.headers.contains("x-call-id"));
  CHECK(reply.headers.at("server-timing").find("function;dur=") != std::string::npos);
  CHECK(server.stop().status == 0);
}

TEST_CASE("first steps: the examples are applied and answer") {
  Server server;
  const Finished applied = server.cli({"apply", "-f", (example("hello").parent_path() / "sojourn.yaml").string()});
  CAPTURE(applied.errors);
  CAPTURE(applied.output);
  REQUIRE(applied.status == 0);
  CHECK(server.get("/function/hello").body == "hello, world\n");
  const Reply echo =
      server.get("/function/json-echo", {"-d", R"({"a":[1,2]})", "-H", "Content-Type: application/json"});
  CHECK(echo.status == 200);
  CHECK(echo.body.find("[1,2]") != std::string::npos);
  const Reply words = server.get("/function/word-count", {"-d", "to be or not to be"});
  CHECK(words.status == 200);
  CHECK(words.body.find('6') != std::string::npos);
  CHECK(server.get("/function/hello-c").status == 200);
  if (std::filesystem::exists(example("hello-rust"))) {
    CHECK(server.get("/function/hello-rust").status == 200);
  } else {
    MESSAGE("skipped by name: hello-rust (rustc is not installed)");
  }
}

TEST_CASE("first steps: the command line deploys, lists, describes, invokes, shows logs and removes") {
  Server server;
  const Finished deployed = server.cli({"deploy", example("hello").string()});
  CAPTURE(deployed.errors);
  REQUIRE(deployed.status == 0);
  CHECK(deployed.output.find(server.url("/function/hello")) != std::string::npos);
  CHECK(server.cli({"list"}).output.find("hello") != std::string::npos);
  CHECK(server.cli({"list", "-o", "json"}).output.find("\"name\":") != std::string::npos);
  CHECK(server.cli({"describe", "hello"}).status == 0);
  const Finished invoked = server.cli({"invoke", "hello"});
  CHECK(invoked.status == 0);
  CHECK(invoked.output == "hello, world\n");
  REQUIRE(server.cli({"deploy", test_function("probe").string()}).status == 0);
  CHECK(server.cli({"invoke", "probe", "--path", "/noise"}).output == "noisy\n");
  CHECK(eventually(
      [&] {
        return server.cli({"logs", "probe"}).output.find("said by the context") != std::string::npos;
      },
      3s));
  CHECK(server.cli({"history", "hello"}).output.find("hello") != std::string::npos);
  CHECK(server.cli({"status"}).output.find("0 jobs open, 0 dead letters") != std::string::npos);
  CHECK(server.cli({"remove", "hello"}).status == 0);
  CHECK(server.get("/function/hello").status == 404);
  CHECK(server.cli({"describe", "hello"}).status == 1);
  CHECK(server.cli({"no-such-command"}).status == 2);
}

TEST_CASE("first steps: run invokes once in a sandbox with no server") {
  const Finished good = run({sojourn_program(), "run", example("hello"), "--query", "name=Ada"});
  CAPTURE(good.errors);
  CHECK(good.status == 0);
  CHECK(good.output == "hello, Ada\n");
  const Finished bad = run({sojourn_program(), "run", test_function("probe"), "--path", "/crash"});
  CHECK(bad.status == 1);
  CHECK(bad.errors.find("SIGABRT") != std::string::npos);
}

TEST_CASE("first steps: validate names line, column and the nearest key") {
  TemporaryDirectory directory;
  write_file(directory.path() / "sojourn.yaml",
             "sojourn: 1\nname: x\nfunctions:\n  a:\n    artifact: a.so\n    memry: 1MiB\n");
  const Finished finished = run({sojourn_program(), "validate", "sojourn.yaml"},
                                {.env = {}, .input = {}, .directory = directory.path(), .uid = {}});
  CHECK(finished.status == 1);
  const std::string all = finished.output + finished.errors;
  CAPTURE(all);
  CHECK(all.find("sojourn.yaml:6:") != std::string::npos);
  CHECK(all.find("did you mean `memory`") != std::string::npos);
}

TEST_CASE("first steps: a second server on the same directory is refused") {
  Server server;
  const Finished second =
      run({sojourn_program(), "serve", "--dev", "--listen", "127.0.0.1:0", "--data", server.data()}, {}, 10s);
  CHECK(second.status == 1);
  CHECK(second.errors.find(std::to_string(server.process().pid())) != std::string::npos);
}

TEST_CASE("first steps: another address than loopback needs --behind-proxy") {
  TemporaryDirectory directory;
  const Finished refused =
      run({sojourn_program(), "serve", "--listen", "0.0.0.0:0", "--data", directory.path() / "data"}, {}, 10s);
  CHECK(refused.status != 0);
  CHECK(refused.errors.find("--behind-proxy") != std::string::npos);
}

}  // namespace sojourn::test
