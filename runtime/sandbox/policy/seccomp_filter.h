// Builds the seccomp programs of templates and instances, once, at the warden's start. The table of calls with the
// reason of each stands in system_calls.h; this turns it into BPF with libseccomp.
//
// Thread: the warden's only thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

// What a template is for, before it is known for which function.
enum class StemKind : std::uint32_t {
  kClosed = 0,      // no sockets
  kConnecting = 1,  // for functions with `connect`: Unix stream sockets, to reach /fn/connect/NAME
};
inline constexpr std::size_t kStemKinds = 2;

// What becomes of a process that makes a fatal call.
enum class FatalCalls {
  kKill,  // the kernel ends it
  kName,  // for debugging: a signal that a template's handler turns into a line in the log, and then into its end
};

// A sealed memory file with both programs of a kind, laid out as seccomp_load.h says. Its offset does not matter.
Result<UniqueFd> build_filters(StemKind kind = StemKind::kClosed, FatalCalls fatal = FatalCalls::kKill);

}  // namespace sojourn
