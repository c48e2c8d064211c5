// The processes of a server by what they are, for tests that kill them.
//
// Thread: any; what it tells is old as soon as it is told.
#pragma once

#include <sys/types.h>
#include <vector>

#include "tests/harness/server.h"

namespace sojourn::test {

// Instances are forks of templates, and so carry their name.
struct Family {
  std::vector<pid_t> instances, templates, wardens, gateways;
};

Family family_of(const Server& server);
pid_t parent_of(pid_t pid);  // -1: there is no such process, or it has ended

}  // namespace sojourn::test
