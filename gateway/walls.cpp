#include "gateway/walls.h"

#include <array>

#include "runtime/sandbox/protocol/warden_message.h"

namespace sojourn {
namespace {

struct Wall {
  std::uint64_t bit;
  std::string_view name;
};

constexpr std::array kWalls = {
    Wall{kWallUserNamespace, "user-namespace"},
    Wall{kWallPidNamespace, "pid-namespace"},
    Wall{kWallMountNamespace, "mount-namespace"},
    Wall{kWallNetworkNamespace, "network-namespace"},
    Wall{kWallIpcNamespace, "ipc-namespace"},
    Wall{kWallUtsNamespace, "uts-namespace"},
    Wall{kWallCgroupNamespace, "cgroup-namespace"},
    Wall{kWallPivotRoot, "pivot-root"},
    Wall{kWallSeccomp, "seccomp"},
    Wall{kWallNoNewPrivileges, "no-new-privileges"},
    Wall{kWallLandlock, "landlock"},
    Wall{kWallLandlockNetwork, "landlock-network"},
    Wall{kWallLandlockScope, "landlock-scope"},
    Wall{kWallCgroupMemory, "cgroup-memory"},
    Wall{kWallCgroupPids, "cgroup-pids"},
    Wall{kWallCgroupCpu, "cgroup-cpu"},
    Wall{kWallOwnUid, "own-uid"},
    Wall{kWallRlimits, "rlimits"},
};

constexpr std::uint64_t kRequired = std::uint64_t{kWallUserNamespace} | kWallPidNamespace | kWallMountNamespace |
                                    kWallNetworkNamespace | kWallIpcNamespace | kWallUtsNamespace | kWallPivotRoot |
                                    kWallSeccomp | kWallNoNewPrivileges | kWallLandlock;
constexpr std::uint64_t kMemoryLimits = std::uint64_t{kWallCgroupMemory} | kWallRlimits;  // one of them is enough

bool has_all_required(std::uint64_t bits) {
  return (bits & kRequired) == kRequired && (bits & kMemoryLimits) != 0;
}

}  // namespace

std::vector<std::string_view> wall_names(std::uint64_t bits) {
  std::vector<std::string_view> names;
  for (const Wall& wall : kWalls) {
    if ((bits & wall.bit) != 0) names.push_back(wall.name);
  }
  return names;
}

std::vector<std::string_view> missing_walls(std::uint64_t bits) {
  std::vector<std::string_view> names = wall_names(kRequired & ~bits);
  if ((bits & kMemoryLimits) == 0) names.push_back("memory-limit");
  return names;
}

std::string_view mode_of(std::uint64_t bits) {
  if (bits == 0) return "unknown";
  if (!has_all_required(bits)) return "reduced";
  return (bits & kWallOwnUid) != 0 ? "secure" : "secure (single uid, soft memory)";
}

}  // namespace sojourn
