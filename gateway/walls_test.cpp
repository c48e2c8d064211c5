#include "gateway/walls.h"

#include <doctest/doctest.h>

#include "runtime/sandbox/protocol/warden_message.h"

namespace sojourn {
namespace {

constexpr std::uint64_t kAll = (std::uint64_t{1} << 18) - 1;

TEST_CASE("walls: all of them up is secure, none reported is unknown") {
  CHECK(mode_of(kAll) == "secure");
  CHECK(mode_of(0) == "unknown");
  CHECK(missing_walls(kAll).empty());
  CHECK(wall_names(kAll).size() == 18);
}

TEST_CASE("walls: a second wall may be missing, a required one may not") {
  CHECK(mode_of(kAll & ~std::uint64_t{kWallLandlockScope}) == "secure");
  CHECK(mode_of(kAll & ~std::uint64_t{kWallSeccomp}) == "reduced");
  CHECK(missing_walls(kAll & ~std::uint64_t{kWallSeccomp}) == std::vector<std::string_view>{"seccomp"});
}

TEST_CASE("walls: one hard memory limit is enough, without one it is reduced") {
  CHECK(mode_of(kAll & ~std::uint64_t{kWallCgroupMemory}) == "secure");
  CHECK(mode_of(kAll & ~std::uint64_t{kWallCgroupMemory | kWallRlimits}) == "reduced");
}

TEST_CASE("walls: without uids of their own, functions share one, and it is said") {
  CHECK(mode_of(kAll & ~std::uint64_t{kWallOwnUid}) == "secure (single uid, soft memory)");
}

}  // namespace
}  // namespace sojourn
