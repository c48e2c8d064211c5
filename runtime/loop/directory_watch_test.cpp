#include "runtime/loop/directory_watch.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace sojourn {

using namespace std::chrono_literals;

TEST_CASE("directory watch: what comes, changes and goes is told, also to one who drops it then") {
  std::string path = "/tmp/sojourn-watch-XXXXXX";
  REQUIRE(::mkdtemp(path.data()) != nullptr);
  {
    Loop loop;
    Timer patience(loop);
    patience.start(20s, [&] { loop.stop(); });
    int told = 0;
    auto watch = DirectoryWatch::begin(loop, path, [&] {
      ++told;
      loop.stop();
    });
    REQUIRE(watch.ok());
    std::ofstream(path + "/new") << "text";
    loop.run();
    CHECK(told >= 1);
    std::unique_ptr<DirectoryWatch> dropped;
    auto second = DirectoryWatch::begin(loop, path, [&] {
      dropped.reset();
      loop.stop();
    });
    REQUIRE(second.ok());
    dropped = std::move(*second);
    watch->reset();
    std::filesystem::remove(path + "/new");
    loop.run();
    CHECK(dropped == nullptr);
  }
  std::filesystem::remove_all(path);
}

TEST_CASE("directory watch: a directory that is not there says so") {
  Loop loop;
  const auto watch = DirectoryWatch::begin(loop, "/nowhere/at/all", [] {});
  REQUIRE(!watch.ok());
  CHECK(watch.error().text().find("/nowhere/at/all") != std::string::npos);
}

}  // namespace sojourn
