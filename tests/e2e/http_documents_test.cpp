// YAML and JSON that mean no good, as a user would send them: with `sojourn apply`, and with curl to the API. Each is
// refused in words, nothing of it happens, what was deployed is served, and memory stays where it was.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/harness/footprint.h"
#include "tests/harness/server.h"

namespace sojourn::test {

namespace {

struct Document {
  std::string name;
  std::string text;
  std::string reason;  // that the refusal has in it
};

std::string nested(std::size_t levels, char open, char close) {
  return std::string(levels, open) + std::string(levels, close);
}

std::string shop(const std::string& rest) {
  return "sojourn: 1\nname: shop\nfunctions:\n  a: {artifact: hello.so}\n" + rest;
}

// Each level has the one before nine times.
std::string alias_bomb() {
  std::string text = "x0: &x0 [a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string below = "*x" + std::to_string(i - 1);
    text += "x" + std::to_string(i) + ": &x" + std::to_string(i) + " [" + below;
    for (int j = 0; j < 8; ++j) text += ", " + below;
    text += "]\n";
  }
  return text;
}

std::vector<Document> hostile_documents() {
  return {
      {"deep flow lists", shop("env: " + nested(100'000, '[', ']') + "\n"), "nested deeper"},
      {"deep flow maps", shop("env: " + std::string(50'000, '{')), ""},
      {"deep blocks",
       [] {
         std::string text = "sojourn: 1\n";
         for (std::size_t i = 0; i < 300; ++i) text += std::string(i, ' ') + "a:\n";
         return text;
       }(),
       "nested deeper"},
      {"a key twice", shop("name: other\n"), "stands here twice"},
      {"a function twice", shop("  a: {artifact: other.so}\n"), "stands here twice"},
      {"bytes that are no UTF-8", shop("env: {K: \"\xff\xfe\"}\n"), "not UTF-8"},
      {"an overlong slash", shop("env: {K: \"\xc0\xaf\"}\n"), "not UTF-8"},
      {"an alias bomb", alias_bomb(), "that is the limit"},
      {"an alias of itself", shop("env: &e {K: *e}\n"), "not complete before it"},
      {"a megabyte of quotation marks", "a: '" + std::string(1'000'000, '\'') + "'\n", ""},
      {"a long key", std::string(900'000, 'k') + ": 1\n", ""},
      {"more than the limit", shop("# " + std::string(2'000'000, 'x') + "\n"), "is larger than"},
      {"a nul", shop("env: {K: \"a") + std::string(1, '\0') + "b\"}\n", ""},
      {"a tag", shop("env: !!python/object {K: v}\n"), "tags have no meaning"},
      {"two documents", shop("---\nname: other\n"), "second document"},
      {"a merge key", shop("<<: {name: other}\n"), ""},
      {"a directive of a later YAML", "%YAML 9.9\n---\n" + shop(""), ""},
      {"nothing", "", "is empty"},
      {"an unknown key", shop("root: true\n"), "root"},
      {"a number beyond every bound", shop("    instances: {max: 99999999999999999999}\n"), ""},
      {"a path out of the directory", "sojourn: 1\nname: shop\nfunctions:\n  a: {artifact: /etc/passwd}\n", ""},
  };
}

struct Fixture {
  Fixture() {
    REQUIRE(server.deploy("keeper", test_function("versioned-one")).status == 201);
    write_file(directory.path() / "hello.so", read_file(example("hello")));
  }
  void check_unharmed() {
    CHECK(server.get("/function/keeper").body == "one 1\n");
    CHECK(server.get("/function/a").status == 404);
  }
  Server server;
  TemporaryDirectory directory;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "documents: a hostile manifest is refused by the command line with a reason") {
  for (const Document& document : hostile_documents()) {
    CAPTURE(document.name);
    const auto manifest = directory.path() / "sojourn.yaml";
    write_file(manifest, document.text);
    const Finished applied = server.cli({"apply", "-f", manifest});
    const std::string said = (applied.errors + applied.output).substr(0, 500);
    CAPTURE(said);
    CHECK((applied.status == 1 || applied.status == 2));
    CHECK(said.find(document.reason) != std::string::npos);
    CHECK(said.size() > 10);
    check_unharmed();
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "documents: a hostile manifest is refused by the server with a reason, and leaves no memory behind") {
  const auto put = [&](const std::string& text) {
    const nlohmann::json body = {{"manifest", text}, {"artifacts", nlohmann::json::object()}};
    write_file(directory.path() / "body", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore));
    return server.api(
        "PUT", "/manifests/shop",
        {"-H", "Content-Type: application/json", "--data-binary", "@" + (directory.path() / "body").string()});
  };
  const auto round = [&] {
    for (const Document& document : hostile_documents()) {
      CAPTURE(document.name);
      const Reply reply = put(document.text);
      CAPTURE(reply.body.substr(0, 300));
      CHECK(reply.status >= 400);
      CHECK(reply.status < 500);
      CHECK_FALSE(reply.error_code().empty());
    }
    check_unharmed();
  };
  round();
  const long before = footprint(server).gateway_memory_kib;
  for (int i = 0; i < 3; ++i) round();
  CHECK(footprint(server).gateway_memory_kib - before < 32 * 1024);
}

TEST_CASE_FIXTURE(Fixture, "documents: hostile JSON is refused by the server with a reason") {
  const Document bodies[] = {
      {"60,000 levels", std::string(60'000, '['), "deeper than 64"},
      {"12,000 levels of objects",
       [] {
         std::string text;
         for (int i = 0; i < 12'000; ++i) text += "{\"a\":";
         return text;
       }(),
       "deeper than 64"},
      {"a name twice", R"({"name":"ci","scopes":["read"],"scopes":["admin"]})", "stands twice"},
      {"bytes that are no UTF-8", "{\"name\":\"\xff\",\"scopes\":[\"read\"]}", "no JSON in UTF-8"},
      {"half a surrogate", R"({"name":"\ud800","scopes":["read"]})", "no JSON in UTF-8"},
      {"a comment", "{/* */\"name\":\"ci\",\"scopes\":[\"read\"]}", "no JSON in UTF-8"},
      {"a number of 60,000 digits", "{\"name\":" + std::string(60'000, '9') + ",\"scopes\":[]}", ""},
      {"a name of 60,000 letters", "{\"name\":\"" + std::string(60'000, 'n') + "\",\"scopes\":[\"read\"]}", ""},
      {"more than the limit", std::string(1'000'000, '['), "64 KiB, the limit"},
      {"a list", "[]", "JSON object"},
      {"two objects", "{}{}", "no JSON in UTF-8"},
      {"not a number", R"({"name":NaN,"scopes":[]})", "no JSON in UTF-8"},
      {"nothing", "", ""},
  };
  for (const Document& body : bodies) {
    CAPTURE(body.name);
    write_file(directory.path() / "body", body.text);
    const Reply reply = server.api(
        "POST", "/tokens",
        {"-H", "Content-Type: application/json", "--data-binary", "@" + (directory.path() / "body").string()});
    CAPTURE(reply.body.substr(0, 300));
    CHECK(reply.status >= 400);
    CHECK(reply.status < 500);
    CHECK(reply.body.find(body.reason) != std::string::npos);
  }
  CHECK(server.api("GET", "/tokens").body.find("\"ci\"") == std::string::npos);
  check_unharmed();
}

}  // namespace sojourn::test
