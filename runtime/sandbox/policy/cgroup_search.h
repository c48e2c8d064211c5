// Finds where this process may make cgroups of its own: for each controller of cgroup v1 the group it is in; for v2 the
// group it is in, or, since a v2 group with processes in it cannot have limited children, the top of the tree.
//
// Thread: any; reads /proc/self.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sojourn {

enum CgroupControllers : std::uint32_t {
  kCgroupMemory = 1u << 0,
  kCgroupPids = 1u << 1,
  kCgroupCpu = 1u << 2,
};

struct CgroupPlace {
  std::string directory;          // absolute
  std::uint32_t controllers = 0;  // CgroupControllers wanted of this place
  bool unified = false;           // cgroup v2
};

// Candidates, v1 first and in order of preference; whether they can be written shows when one tries.
std::vector<CgroupPlace> find_cgroup_places();

// The same from the texts of /proc/self/mountinfo and /proc/self/cgroup.
std::vector<CgroupPlace> find_cgroup_places(const std::string& mountinfo, const std::string& own_groups);

}  // namespace sojourn
