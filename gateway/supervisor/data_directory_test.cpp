#include "gateway/supervisor/data_directory.h"

#include <doctest/doctest.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/temporary_directory.h"

namespace sojourn {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

}  // namespace

TEST_CASE("data directory: it is made with its parents, closed to others, with rooms for artifacts and stems") {
  const TemporaryDirectory temporary;
  const Result<DataDirectory> data = DataDirectory::open(fs::path(temporary.path()) / "a/b", std::nullopt);
  REQUIRE(data.ok());
  CHECK(mode_of(data->path()) == 0700);
  CHECK(fs::is_directory(data->path() / "artifacts"));
  CHECK(fs::is_directory(data->path() / "stems"));
}

TEST_CASE("data directory: a second server is refused and told who has it") {
  const TemporaryDirectory temporary;
  const Result<DataDirectory> first = DataDirectory::open(temporary.path(), std::nullopt);
  REQUIRE(first.ok());
  const Result<DataDirectory> second = DataDirectory::open(temporary.path(), std::nullopt);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().text().find("process " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("data directory: it can be taken again when its server is gone") {
  const TemporaryDirectory temporary;
  { REQUIRE(DataDirectory::open(temporary.path(), std::nullopt).ok()); }
  CHECK(DataDirectory::open(temporary.path(), std::nullopt).ok());
}

TEST_CASE("data directory: a directory full of other things is refused and left alone") {
  const TemporaryDirectory temporary;
  ::chmod(temporary.path().c_str(), 0755);
  std::ofstream(fs::path(temporary.path()) / "thesis.txt") << "words";
  const Result<DataDirectory> data = DataDirectory::open(temporary.path(), std::nullopt);
  REQUIRE_FALSE(data.ok());
  CHECK(data.error().text().find("holds no Sojourn data") != std::string::npos);
  CHECK(mode_of(temporary.path()) == 0755);
}

TEST_CASE("data directory: a symbolic link in its place is not followed") {
  const TemporaryDirectory temporary;
  fs::create_directory(fs::path(temporary.path()) / "real");
  fs::create_symlink(fs::path(temporary.path()) / "real", fs::path(temporary.path()) / "link");
  CHECK_FALSE(DataDirectory::open(fs::path(temporary.path()) / "link", std::nullopt).ok());
  CHECK(fs::is_empty(fs::path(temporary.path()) / "real"));
}

TEST_CASE("data directory: as root, one that the gateway's user cannot reach is refused") {
  const std::optional<Identity> identity = gateway_identity();
  if (!identity) {
    MESSAGE("skipped by name: data directory of another user (needs root)");
    return;
  }
  const TemporaryDirectory closed;  // 0700, of root
  const Result<DataDirectory> inside = DataDirectory::open(fs::path(closed.path()) / "data", identity);
  REQUIRE_FALSE(inside.ok());
  CHECK(inside.error().text().find(std::to_string(identity->uid)) != std::string::npos);
  ::chmod(closed.path().c_str(), 0711);
  CHECK(DataDirectory::open(fs::path(closed.path()) / "data", identity).ok());
}

TEST_CASE("data directory: server.json is there from publish to withdraw") {
  const TemporaryDirectory temporary;
  const Result<DataDirectory> data = DataDirectory::open(temporary.path(), std::nullopt);
  REQUIRE(data.ok());
  CHECK_FALSE(running_server(temporary.path()).has_value());
  REQUIRE(data->publish({"http://127.0.0.1:1", 42, "9.9"}).ok());
  const std::optional<ServerFacts> facts = running_server(temporary.path());
  REQUIRE(facts.has_value());
  CHECK(facts->url == "http://127.0.0.1:1");
  CHECK(facts->pid == 42);
  data->withdraw();
  CHECK_FALSE(running_server(temporary.path()).has_value());
}

TEST_CASE("data directory: a damaged server.json is as none") {
  const TemporaryDirectory temporary;
  std::ofstream(fs::path(temporary.path()) / "server.json") << "{\"url\": 7";
  CHECK_FALSE(running_server(temporary.path()).has_value());
}

}  // namespace sojourn
