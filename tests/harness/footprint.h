// What Sojourn holds of the host at a moment: processes, descriptors, mounts, cgroups, stems. A test takes it before
// and after, and nothing may be left.
#pragma once

#include <string>

#include "tests/harness/server.h"

namespace sojourn::test {

struct Footprint {
  int processes = 0;            // below the supervisor
  int gateway_descriptors = 0;  // open in the gateway
  int host_mounts = 0;          // in the test's own mount namespace
  int cgroups = 0;              // of this server, over all hierarchies
  int stems = 0;                // directories under DATA/stems
  long gateway_memory_kib = 0;  // resident

  std::string text() const;
};

Footprint footprint(const Server& server);

// CPU time that a process has used, in user and kernel mode, its ended children left out.
double cpu_seconds(pid_t pid);

}  // namespace sojourn::test
