#include "gateway/cli/serve_config.h"

#include <doctest/doctest.h>
#include <fstream>

#include "loader/temporary_directory.h"

namespace sojourn::cli {
namespace {

struct Outcome {
  Status status;
  ServeOptions options;
  std::string directory;
};

Outcome read(const std::string& content, const std::set<std::string, std::less<>>& given = {}) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/serve.yaml";
  std::ofstream(path) << content;
  Outcome outcome;
  outcome.options.listen = "127.0.0.1:1";
  outcome.directory = directory.path();
  outcome.status = read_serve_config(path, given, outcome.options);
  return outcome;
}

}  // namespace

TEST_CASE("serve config: every option may stand in the file, and paths are relative to it") {
  const Outcome outcome = read(
      "listen: 0.0.0.0:80\ndata: state\nworkers: 3\napply: /srv/sojourn.yaml\ndev: true\nallowPrivate: "
      "true\nfiles: [/srv/inbox, in]\nbehindProxy: true\n"
      "allowReduced: true\nlogLevel: warn\n");
  REQUIRE(outcome.status.ok());
  CHECK(outcome.options.listen == "0.0.0.0:80");
  CHECK(outcome.options.data == outcome.directory + "/state");
  CHECK(outcome.options.workers == 3);
  CHECK(outcome.options.apply == "/srv/sojourn.yaml");
  CHECK(outcome.options.dev);
  CHECK(outcome.options.behind_proxy);
  CHECK(outcome.options.allow_private);
  CHECK(outcome.options.allow_reduced);
  CHECK(outcome.options.files == std::vector<std::filesystem::path>{"/srv/inbox", outcome.directory + "/in"});
  CHECK(outcome.options.log_level == LogLevel::kWarn);
}

TEST_CASE("serve config: what the command line says goes first") {
  const Outcome outcome = read("listen: 0.0.0.0:80\nworkers: 3\n", {"listen"});
  REQUIRE(outcome.status.ok());
  CHECK(outcome.options.listen == "127.0.0.1:1");
  CHECK(outcome.options.workers == 3);
}

TEST_CASE("serve config: every mistake is told with its place") {
  const Outcome outcome = read("lisen: x\nworkers: 0\ndev: perhaps\nlogLevel: loud\nfiles: /srv\n");
  REQUIRE_FALSE(outcome.status.ok());
  CHECK(outcome.status.error().code() == ErrorCode::kBadRequest);
  const std::string& text = outcome.status.error().text();
  for (const char* part : {"serve.yaml:1:1", "listen", "serve.yaml:2:", "workers", "serve.yaml:3:", "true or false",
                           "serve.yaml:4:", "logLevel", "serve.yaml:5:", "a list of paths"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("serve config: a file that is no mapping, or not there, is refused") {
  CHECK_FALSE(read("- listen\n").status.ok());
  ServeOptions options;
  CHECK_FALSE(read_serve_config("/nonexistent/serve.yaml", {}, options).ok());
}

}  // namespace sojourn::cli
