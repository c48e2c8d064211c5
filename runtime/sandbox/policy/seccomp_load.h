// Installs seccomp filters that were built beforehand. A template does not link libseccomp: the warden builds the
// programs once (seccomp_filter.h) and hands them over in a sealed memory file.
//
// Thread: the process's only thread; no_new_privs is set before.
#pragma once

#include <cstddef>
#include <linux/filter.h>

#include "runtime/sandbox/policy/step.h"

namespace sojourn {

inline constexpr std::size_t kFilterInstructionsMax = 4096;  // the kernel's own bound

// The memory file: these two counts, then the instructions of each program in that order.
struct FilterFileHead {
  std::uint32_t template_instructions;
  std::uint32_t instance_instructions;
};

// A view of both programs in a mapping of the file, for as long as the process lives.
struct FilterPrograms {
  sock_fprog for_template{};
  sock_fprog for_instance{};
};

// Maps the file and checks its lengths.
StepError map_filters(int fd, FilterPrograms* programs);

StepError install_filter(const sock_fprog& program, Step step);

}  // namespace sojourn
