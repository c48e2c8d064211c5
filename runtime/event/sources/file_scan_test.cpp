#include "runtime/event/sources/file_scan.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/harness/process.h"

using namespace sojourn;
using namespace sojourn::test;

namespace {

std::shared_ptr<const ScanBounds> bounds(const std::vector<std::string>& roots, std::vector<std::string> closed = {}) {
  return std::make_shared<const ScanBounds>(ScanBounds{WatchRoots(roots), std::move(closed)});
}

struct Place {
  FileScan scan(const std::string& glob = "*") const {
    return FileScan(directory.path().string(), glob, bounds({directory.path().string()}));
  }
  void write(const std::string& name, const std::string& content) const {
    write_file(directory.path() / name, content);
  }
  FoundFile found(const std::string& name) const {
    const auto files = scan(name).list();
    REQUIRE(files.ok());
    REQUIRE(files->size() == 1);
    return files->front();
  }
  TemporaryDirectory directory;
};

std::vector<std::string> names_of(const Result<std::vector<FoundFile>>& files) {
  REQUIRE_MESSAGE(files.ok(), (files.ok() ? "" : files.error().text()));
  std::vector<std::string> names;
  for (const FoundFile& file : *files) names.push_back(file.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("file scan: regular files whose names fit, and nothing else") {
  const Place place;
  for (const char* name :
       {"b.csv", "a.csv", "c.txt", ".hidden.csv", "\xC3\xBC.csv", "bad\xFF.csv", "line\nbreak.csv"}) {
    place.write(name, "x");
  }
  const std::string path = place.directory.path().string() + "/";
  std::filesystem::create_directory(path + "folder.csv");
  std::filesystem::create_symlink("a.csv", path + "link.csv");
  REQUIRE(::mkfifo((path + "pipe.csv").c_str(), 0600) == 0);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (path + "socket.csv").copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
  CHECK(names_of(place.scan("*.csv").list()) == Names{"a.csv", "b.csv", "\xC3\xBC.csv"});
  CHECK(names_of(place.scan("[ab].*").list()) == Names{"a.csv", "b.csv"});
  CHECK(names_of(place.scan(".*").list()) == Names{".hidden.csv"});
}

TEST_CASE("file scan: a file that is as it was said is read, one that changed says what it is now") {
  const Place place;
  place.write("a", std::string("one\0two", 7));
  const FoundFile before = place.found("a");
  const auto read = place.scan().read(before, 100);
  REQUIRE(read.ok());
  REQUIRE(std::holds_alternative<FileScan::Content>(*read));
  CHECK(std::get<FileScan::Content>(*read).content == std::string("one\0two", 7));
  place.write("a", "longer than it was");
  const auto changed = place.scan().read(before, 100);
  REQUIRE(changed.ok());
  REQUIRE(std::holds_alternative<FileFacts>(*changed));
  CHECK(std::get<FileFacts>(*changed).size == 18);
  const auto long_one = place.scan().read(place.found("a"), 17);
  REQUIRE(long_one.ok());
  CHECK(!std::get<FileScan::Content>(*long_one).content.has_value());
  std::filesystem::remove(place.directory.path() / "a");
  CHECK(std::holds_alternative<FileScan::Gone>(*place.scan().read(before, 100)));
  // What has become something else is gone as well, and nobody waits for a pipe's writer.
  REQUIRE(::mkfifo((place.directory.path() / "a").c_str(), 0600) == 0);
  CHECK(std::holds_alternative<FileScan::Gone>(*place.scan().read(before, 100)));
  std::filesystem::remove(place.directory.path() / "a");
  std::filesystem::create_symlink("/etc/passwd", place.directory.path() / "a");
  CHECK(std::holds_alternative<FileScan::Gone>(*place.scan().read(before, 100)));
}

TEST_CASE("file scan: an id tells files and their changes apart, and is the same for the same") {
  const Place place;
  place.write("a", "one");
  place.write("b", "one");
  const std::string first = place.found("a").facts.id();
  CHECK(place.found("a").facts.id() == first);
  CHECK(place.found("b").facts.id() != first);
  place.write("a", "three");
  CHECK(place.found("a").facts.id() != first);
}

TEST_CASE("file scan: a directory that is missing, no directory, not absolute or unreadable says so") {
  for (const char* directory : {"/nowhere/at/all", "/etc/passwd", "relative/path", ""}) {
    INFO(directory);
    const auto files = FileScan(directory, "*", bounds({"/"})).list();
    REQUIRE(!files.ok());
    CHECK(files.error().code() == ErrorCode::kNotAvailable);
    CHECK(files.error().text().starts_with(directory));
  }
}

TEST_CASE("file scan: closed directories stay closed, whatever path leads to them") {
  const Place place;
  const std::string root = std::filesystem::canonical(place.directory.path()).string();
  std::filesystem::create_directories(root + "/data/inner");
  std::filesystem::create_directories(root + "/database");
  std::filesystem::create_directory_symlink(root + "/data/inner", root + "/harmless");
  write_file(root + "/data/inner/secret", "x");
  const auto closed = bounds({"/"}, {root + "/data", "/proc"});
  for (const std::string& directory :
       {root + "/data", root + "/data/inner", root + "/harmless", root + "/database/../data/inner/",
        std::string("/proc/self"), std::string("/proc")}) {
    INFO(directory);
    const auto files = FileScan(directory, "*", closed).list();
    REQUIRE(!files.ok());
    CHECK(files.error().text().find("no files are taken from below") != std::string::npos);
    CHECK(!FileScan(directory, "*", closed).read({"secret", {}}, 10).ok());
  }
  CHECK(FileScan(root + "/database", "*", closed).list().ok());
}

TEST_CASE("file scan: no link and no path leads out of the roots, and none of them leads nowhere") {
  const Place place;
  const std::string top = std::filesystem::canonical(place.directory.path()).string();
  for (const char* directory : {"/in/inner", "/other", "/into"}) std::filesystem::create_directories(top + directory);
  std::filesystem::create_directory_symlink("../other", top + "/in/out");
  std::filesystem::create_directory_symlink("inner", top + "/in/link");
  for (const char* file : {"/in/a", "/in/inner/a", "/other/a", "/into/a"}) write_file(top + file, "x");
  const auto in = bounds({top + "/in"});
  for (const char* directory : {"/in", "/in/inner", "/in/link", "/in/out/../in/inner"}) {
    INFO(directory);
    CHECK(names_of(FileScan(top + directory, "a", in).list()) == Names{"a"});
  }
  const auto there = FileScan(top + "/other", "*", bounds({top})).list();
  REQUIRE(names_of(there) == Names{"a"});
  for (const char* directory : {"/in/out", "/in/out/", "/other", "/into", "/in/..", ""}) {
    INFO(directory);
    const auto files = FileScan(top + directory, "*", in).list();
    REQUIRE(!files.ok());
    CHECK(files.error().code() == ErrorCode::kNotAvailable);
    CHECK(files.error().text().find("sojourn serve --files DIR") != std::string::npos);
    CHECK(!FileScan(top + directory, "*", in).read(there->front(), 10).ok());
    CHECK(!FileScan(top + directory, "*", bounds({})).list().ok());
  }
}
