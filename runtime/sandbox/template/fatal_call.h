// For debugging: says on standard error, which is the function's log, which forbidden system call a process made,
// before it ends of it. The call itself is never made, named or not.
//
// Thread: the template's only thread; instances inherit the handler.
// Owner:  the process. `programs` and its mapping live as long as it does.
#pragma once

#include "runtime/sandbox/policy/seccomp_load.h"

namespace sojourn {

// Does nothing when the filters carry no names. A function may replace the handler, and then only its log is poorer.
void name_fatal_calls(const FilterPrograms& programs);

}  // namespace sojourn
