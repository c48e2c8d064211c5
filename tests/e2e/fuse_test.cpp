// Decorators that are fused into a function's sandbox: what works, what is refused, what is part of the version.
#include <doctest/doctest.h>
#include <string>

#include "tests/harness/server.h"

namespace sojourn::test {

namespace {

// A project with the decorator `tagging` and a function that it is around of twice.
class Project {
 public:
  explicit Project(Server& server) : server_(server) {
    std::filesystem::copy_file(test_function("tagging"), path("tagging.so"));
    std::filesystem::copy_file(test_function("versioned-one"), path("one.so"));
  }

  // `more` are keys of the decorator.
  Finished apply(const std::string& more = {}) {
    write_file(path("sojourn.yaml"), "sojourn: 1\nname: shop\nfunctions:\n  tagging: {artifact: tagging.so" + more +
                                         "}\n"
                                         "  api:\n"
                                         "    artifact: one.so\n"
                                         "    decorators:\n"
                                         "      - {use: tagging, with: {tag: a}, fuse: true}\n"
                                         "      - {use: tagging, with: {tag: b}, fuse: true}\n");
    return server_.cli({"apply", "-f", path("sojourn.yaml").string()});
  }

 private:
  std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }

  Server& server_;
  TemporaryDirectory directory_;
};

void check_applied(const Finished& applied) {
  CAPTURE(applied.output);
  CAPTURE(applied.errors);
  CHECK(applied.status == 0);
}

}  // namespace

TEST_CASE("fuse: links stand around the function, each with its own configuration, also after a restart") {
  TemporaryDirectory data;
  for (int starts = 0; starts < 2; ++starts) {
    ServerOptions options;
    options.data = data.path() / "data";
    Server server(std::move(options));
    if (starts == 0) check_applied(Project(server).apply());
    const Reply reply = curl({server.url("/function/api")});
    CHECK(reply.status == 200);
    CHECK(reply.body == "one 1\n");
    CHECK(reply.headers.at("x-tag") == R"({"tag":"a"})");  // the outermost comes last
    server.stop();
  }
}

TEST_CASE("fuse: another version of the decorator is another version of the function, once it is applied") {
  Server server;
  Project project(server);
  check_applied(project.apply());
  check_applied(project.apply());
  CHECK(server.get("/function/api@2").status == 404);
  check_applied(project.apply(", timeout: 7s"));
  CHECK(server.get("/function/api").body == "one 2\n");
  CHECK(server.get("/function/api@1").body == "one 1\n");
}

TEST_CASE("fuse: what the decorator would lose refuses the deploy, with the place") {
  Server server;
  Project project(server);
  const Finished refused = project.apply(", env: {GREETING: hello}");
  CHECK(refused.status == 1);
  CAPTURE(refused.errors);
  CHECK(refused.errors.find("`tagging` cannot be fused: it has `env` of its own") != std::string::npos);
  CHECK(refused.errors.find("decorators[0].fuse") != std::string::npos);
  CHECK(server.get("/function/api").status == 404);
}

TEST_CASE("fuse: a crash is told with the function's name and the link's, and the next call is served") {
  Server server;
  Project project(server);
  check_applied(project.apply());
  const Reply crashed = server.get("/function/api?crash=%7B%22tag%22:%22b%22%7D");
  CHECK(crashed.status == 502);
  CHECK(crashed.error_code() == "function_crashed");
  CAPTURE(crashed.body);
  CHECK(crashed.body.find("in its fused link tagging@1") != std::string::npos);
  CHECK(server.get("/function/api").status == 200);
}

}  // namespace sojourn::test
