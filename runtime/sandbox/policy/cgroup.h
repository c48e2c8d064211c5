// Cgroups: one group per template, which its instances are born into. They are the net below the resource limits: for
// shared memory, for the processes of a version taken together, and for its processor time. Both versions of cgroups
// are used, controller by controller, as the host has them and lets us; none is fine too, and is reported.
//
// Thread: the warden's only thread.
// Owner:  the warden. Groups that killed servers left are removed when it opens, its own when it goes. REQUIRES: `name`
//         begins with "sojourn-", by which they are known.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/policy/cgroup_search.h"
#include "runtime/sandbox/policy/step.h"

namespace sojourn {

struct CgroupLimits {
  std::uint64_t memory = 0;           // bytes, of all processes of the group
  std::uint64_t processes = 0;        // and threads
  std::uint32_t cpu_thousandths = 0;  // of one processor; 0: no limit
};

class CgroupTree {
 public:
  CgroupTree() = default;
  CgroupTree(CgroupTree&&) = default;
  CgroupTree& operator=(CgroupTree&&) = delete;
  ~CgroupTree();

  // Makes the group `name` wherever it can, the parent of all templates' groups.
  static CgroupTree open(const std::string& name);

  std::uint32_t controllers() const;  // CgroupControllers that work

  // Makes the group of `slot` and opens the files through which a process enters it, by writing "0" to each.
  StepError make(std::uint32_t slot, std::vector<UniqueFd>* entrances);
  StepError limit(std::uint32_t slot, const CgroupLimits& limits);
  // How often the kernel killed for memory in the group.
  std::uint64_t oom_kills(std::uint32_t slot) const;
  // REQUIRES: its processes are reaped.
  void remove(std::uint32_t slot);

 private:
  struct Hierarchy {
    UniqueFd parent;     // in which our group stands
    UniqueFd directory;  // our group
    std::uint32_t controllers = 0;
    bool unified = false;
  };
  static bool enter_place(const CgroupPlace& place, const std::string& name, Hierarchy& made);
  void remove_leftovers();

  std::string name_;
  std::vector<Hierarchy> hierarchies_;
};

}  // namespace sojourn
