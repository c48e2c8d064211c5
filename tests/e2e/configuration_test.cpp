// `with:` held against the schemas that objects declare, by manifest and by upload, and state used beside a stream.
#include <doctest/doctest.h>
#include <filesystem>
#include <string>

#include "tests/harness/server.h"

namespace sojourn::test {
namespace {

struct Project {
  Project() { std::filesystem::copy_file(test_function("configured"), directory.path() / "configured.so"); }

  // What `apply` says of a function with this `with`, wrapped in a decorator with that one.
  Finished apply(const std::string& with, const std::string& decorator_with) {
    const std::filesystem::path file = directory.path() / "sojourn.yaml";
    write_file(file,
               "sojourn: 1\nname: shop\nfunctions:\n"
               "  counted: {artifact: configured.so, entry: counted}\n"
               "  api:\n"
               "    artifact: configured.so\n"
               "    entry: configured\n"
               "    with: " +
                   with +
                   "\n"
                   "    decorators:\n"
                   "      - use: counted\n"
                   "        with: " +
                   decorator_with + "\n");
    return server.cli({"apply", "-f", file.string()});
  }

  TemporaryDirectory directory;
  Server server;
};

bool ends_with_line(const std::string& text, const std::string& line) {
  return text.find(line + "\n") != std::string::npos;
}

std::string header(const Reply& reply, const std::string& name) {
  const auto found = reply.headers.find(name);
  return found == reply.headers.end() ? "none" : found->second;
}

}  // namespace

TEST_CASE("configuration: what does not fit its schema is refused with its line and column") {
  Project project;
  const struct {
    const char* with;
    const char* decorator_with;
    const char* refusal;
  } kTable[] = {
      {"{greeting: 5}", "{perSecond: 1}",
       "sojourn.yaml:8:22: functions.api.with.greeting: is the number 5; expected is a text"},
      {"{greting: x}", "{perSecond: 1}",
       "sojourn.yaml:8:21: functions.api.with.greting: is not a key; known are greeting"},
      {"{}", "{perSecond: -1}",
       "sojourn.yaml:11:27: functions.api.decorators[0].with.perSecond: is the number -1; expected is at least 0"},
      {"{}", "{burst: 1}", "sojourn.yaml:11:15: functions.api.decorators[0].with: has no `perSecond`, which it needs"},
  };
  for (const auto& row : kTable) {
    const Finished refused = project.apply(row.with, row.decorator_with);
    CHECK(refused.status == 1);
    CHECK_MESSAGE(ends_with_line(refused.errors, row.refusal), refused.errors);
  }
  CHECK(project.server.get("/function/api").status == 404);
}

TEST_CASE("configuration: defaults are filled in, and the same manifest stays the same version") {
  Project project;
  REQUIRE(project.apply("{}", "{perSecond: 2.5}").status == 0);
  const Reply reply = project.server.get("/function/api");
  CHECK(reply.body == R"({"greeting":"hello"})");
  CHECK(header(reply, "x-with") == R"({"burst":10,"perSecond":2.5})");
  const Finished again = project.apply("{greeting: hello}", "{perSecond: 2.5}");
  CHECK_MESSAGE(again.output.find("nothing to change") != std::string::npos, again.output);
}

TEST_CASE("configuration: an upload is held against the schema too") {
  Project project;
  const std::string object = (project.directory.path() / "configured.so").string();
  const Finished refused = project.server.cli(
      {"deploy", object, "--name", "api", "--entry", "configured", "--set", R"(with={"greeting":5})"});
  CHECK(refused.status == 1);
  CHECK_MESSAGE(refused.errors.find("with.greeting: is the number 5; expected is a text") != std::string::npos,
                refused.errors);
}

TEST_CASE("configuration: a decorator uses its state beside a stream that it passes on") {
  Project project;
  REQUIRE(project.apply("{}", "{perSecond: 1}").status == 0);
  for (const char* count : {"1", "2"}) {
    const Reply reply = project.server.get("/function/api/stream");
    CHECK(reply.status == 200);
    CHECK(reply.body == "one two three");
    CHECK(header(reply, "x-count") == count);
  }
}

}  // namespace sojourn::test
