// A stem's own part of its walls: everything that has to happen after exec and before user code is in the process.
//
// Thread: the template's only thread.
#pragma once

#include "runtime/sandbox/policy/seccomp_load.h"
#include "runtime/sandbox/template/stem_report.h"

namespace sojourn {

enum class WallPolicy {
  kRequireAll,  // what this kernel lacks fails the stem
  kAllowFewer,  // Landlock may be missing; everything else still fails the stem
};

struct Walls {
  StemReport report;
  sock_fprog instance_filter{};
  int instance_ruleset = -1;  // Landlock, -1 where the kernel cannot scope
};

// Puts up the walls in their order; the first failure ends it and stands in the report.
Walls raise_walls(WallPolicy policy);

}  // namespace sojourn
