#include "gateway/cli/connection.h"

#include <doctest/doctest.h>
#include <fstream>
#include <stdlib.h>

#include "loader/temporary_directory.h"

namespace sojourn::cli {
namespace {

// A data directory as a running server leaves it.
struct Served {
  TemporaryDirectory directory;
  ConnectionOptions options;
  Served() {
    ::unsetenv("SOJOURN_SERVER");
    ::unsetenv("SOJOURN_TOKEN");
    options.data = directory.path();
    std::ofstream(options.data / "server.json") << R"({"url": "http://127.0.0.1:1", "pid": 1, "version": "x"})";
    std::ofstream(options.data / "admin.token") << "sjt_local\n";
  }
};

}  // namespace

TEST_CASE("connection: on the serving machine both are found in the data directory") {
  const Served served;
  const Result<Connection> found = find_server(served.options);
  REQUIRE(found.ok());
  CHECK(found->url == "http://127.0.0.1:1");
  CHECK(found->token == "sjt_local");
}

TEST_CASE("connection: the local token is not sent to another server") {
  Served served;
  served.options.server = "http://example.test/";
  const Result<Connection> found = find_server(served.options);
  REQUIRE(found.ok());
  CHECK(found->url == "http://example.test");
  CHECK(found->token.empty());
}

TEST_CASE("connection: an option goes before the environment, which goes before the data directory") {
  Served served;
  ::setenv("SOJOURN_SERVER", "http://env.test", 1);
  ::setenv("SOJOURN_TOKEN", "from-env", 1);
  CHECK(find_server(served.options)->url == "http://env.test");
  CHECK(find_server(served.options)->token == "from-env");
  served.options.server = "http://option.test";
  served.options.token = "from-option";
  CHECK(find_server(served.options)->url == "http://option.test");
  CHECK(find_server(served.options)->token == "from-option");
  ::unsetenv("SOJOURN_SERVER");
  ::unsetenv("SOJOURN_TOKEN");
}

TEST_CASE("connection: without any server the error says where was looked and what to do") {
  Served served;
  std::filesystem::remove(served.options.data / "server.json");
  const Result<Connection> found = find_server(served.options);
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().text().find(served.options.data.string()) != std::string::npos);
  CHECK(found.error().text().find("--server") != std::string::npos);
}

}  // namespace sojourn::cli
