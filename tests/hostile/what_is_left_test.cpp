// The last of the suite, by its file's name: what the host holds is what it held before the first act.
#include <doctest/doctest.h>

#include "tests/hostile/city.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

// What the gateway may keep in KiB: the logs of what is still deployed, histograms, and memory that malloc has not
// given back.
constexpr long kMemoryKept = 48 * 1024;

}  // namespace

TEST_CASE("hostile: the neighbour saw no error, and nothing is left behind") {
  const LoadReport seen = city().neighbour->stop();
  CAPTURE(seen.failures_text());
  CHECK(seen.failed == 0);
  CHECK(seen.sent > 100);
  MESSAGE("neighbour: " << seen.sent << " calls, p50 " << seen.percentile(0.5).count() << " us, p99 "
                        << seen.percentile(0.99).count() << " us");
  const Footprint& before = city().before;
  const bool back = eventually(
      [&] {
        const Footprint now = footprint(city().server);
        return now.processes <= before.processes && now.gateway_descriptors <= before.gateway_descriptors + 2 &&
               now.host_mounts <= before.host_mounts && now.cgroups <= before.cgroups && now.stems <= before.stems &&
               now.gateway_memory_kib <= before.gateway_memory_kib + kMemoryKept;
      },
      20s);
  CHECK_MESSAGE(back, "before: " << before.text() << "; after: " << footprint(city().server).text()
                                 << "; functions: " << city().server.api("GET", "/functions").body);
  CHECK(host_tmp_bytes() <= city().tmp_bytes_before);
  CHECK(city().server.stop().status == 0);
}

}  // namespace sojourn::test
