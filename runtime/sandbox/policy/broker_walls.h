// The walls around the broker. It is our own code, but it reads what name servers and peers send, through a C library
// that has had its faults: should somebody take it over, there is a network and nothing else.
//
//   no new privileges, not dumpable; Landlock: files are read where resolving names needs it and nowhere else, none is
//   written; seccomp: no program is run, no process made, no socket listens, and what is fatal to functions is here
//   too.
//
// What the kernel has no Landlock for stands without it: the broker has its own user and no capability.
//
// Thread: the process's only thread, before any other is started.
#pragma once

#include "runtime/base/result.h"

namespace sojourn {

Status raise_broker_walls();

}  // namespace sojourn
