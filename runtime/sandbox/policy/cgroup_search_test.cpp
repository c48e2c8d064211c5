#include "runtime/sandbox/policy/cgroup_search.h"

#include <doctest/doctest.h>

using namespace sojourn;

TEST_CASE("cgroup search: each controller of v1 is found in its own hierarchy and group") {
  const auto places = find_cgroup_places(
      "30 27 0:25 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
      "31 27 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n",
      "8:pids:/\n4:memory:/a/b\n1:cpu,cpuacct:/\n");
  REQUIRE(places.size() == 2);
  CHECK(places[0].directory == "/sys/fs/cgroup/memory/a/b");
  CHECK(places[0].controllers == kCgroupMemory);
  CHECK(places[1].directory == "/sys/fs/cgroup/cpu");
  CHECK_FALSE(places[1].unified);
}

TEST_CASE("cgroup search: for v2 the own group comes first, then the top") {
  const auto places = find_cgroup_places("30 27 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n",
                                         "0::/system.slice/sojourn.service\n");
  REQUIRE(places.size() == 2);
  CHECK(places[0].directory == "/sys/fs/cgroup/system.slice/sojourn.service");
  CHECK(places[1].directory == "/sys/fs/cgroup");
  CHECK(places[1].unified);
}

TEST_CASE("cgroup search: a container's mount shows its own part of the hierarchy") {
  const auto places = find_cgroup_places("30 27 0:25 /docker/x /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n",
                                         "8:pids:/docker/x/inner\n");
  REQUIRE(places.size() == 1);
  CHECK(places[0].directory == "/sys/fs/cgroup/pids/inner");
}

TEST_CASE("cgroup search: damaged text finds nothing") {
  CHECK(find_cgroup_places("x\n- cgroup\n", "::\nnothing\n").empty());
  CHECK(find_cgroup_places("", "").empty());
}
