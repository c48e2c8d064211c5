#include "runtime/event/sources/watch_roots.h"

#include <doctest/doctest.h>
#include <filesystem>

#include "tests/harness/process.h"

using namespace sojourn;
using namespace sojourn::test;

TEST_CASE("watch roots: with none nothing may be watched, and the reason names the option") {
  const WatchRoots none;
  for (const char* path : {"/", "/srv/inbox", "", "srv"}) CHECK_FALSE(none.name(path));
  CHECK_FALSE(none.hold("/"));
  CHECK(none.refusal().find("sojourn serve --files DIR") != std::string::npos);
  CHECK(none.refusal().find("given none") != std::string::npos);
}

TEST_CASE("watch roots: a path is judged by its parts, however it is written") {
  const WatchRoots roots({"/srv/inbox/", "/data//in/./", "relative", ""});
  for (const char* path : {"/srv/inbox", "/srv/inbox/", "/srv/inbox/a/b", "/srv//inbox/./a", "/data/in/x"}) {
    INFO(path);
    CHECK(roots.name(path));
  }
  for (const char* path : {"/srv", "/srv/inbox2", "/srv/inbox/../other", "/srv/inbox/a/../../..", "/", "", "relative",
                           "srv/inbox", "/data/inner"}) {
    INFO(path);
    CHECK_FALSE(roots.name(path));
  }
  CHECK(roots.refusal().ends_with("which are: /srv/inbox, /data/in"));
  CHECK(WatchRoots({"/"}).name("/anything/at/all"));
}

TEST_CASE("watch roots: a root that is a link holds what it leads to, and one that is missing nothing") {
  const TemporaryDirectory directory;
  const std::string top = std::filesystem::canonical(directory.path()).string();
  std::filesystem::create_directories(top + "/real/inner");
  const WatchRoots roots({top + "/link"});
  CHECK_FALSE(roots.hold(top + "/real"));
  std::filesystem::create_directory_symlink("real", top + "/link");
  CHECK(roots.hold(top + "/real/inner"));
  CHECK_FALSE(roots.hold(top));
  CHECK_FALSE(roots.hold(top + "/real2"));
}
