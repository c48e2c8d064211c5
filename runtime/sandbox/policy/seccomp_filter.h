// Builds the seccomp programs of templates and instances, once, at the warden's start. The table of calls with the
// reason of each stands in system_calls.h; this turns it into BPF with libseccomp.
//
// Thread: the warden's only thread. The only user of <seccomp.h>.
#pragma once

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

// A sealed memory file with both programs, laid out as seccomp_load.h says. Its offset does not matter.
Result<UniqueFd> build_filters();

}  // namespace sojourn
