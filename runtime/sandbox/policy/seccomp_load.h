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

inline constexpr std::size_t kFatalNamesMax = 256;

// The memory file: these counts, then the instructions of each program in that order, then the names.
struct FilterFileHead {
  std::uint32_t template_instructions;
  std::uint32_t instance_instructions;
  std::uint32_t names;  // of calls that are named before they end a process; else none
  std::uint32_t reserved;
};

struct FatalCallName {
  std::int32_t number;
  char name[28];  // NUL-terminated
};

// A view of both programs in a mapping of the file, for as long as the process lives.
struct FilterPrograms {
  sock_fprog for_template{};
  sock_fprog for_instance{};
  const FatalCallName* names = nullptr;
  std::size_t name_count = 0;
};

// Maps the file and checks its lengths.
StepError map_filters(int fd, FilterPrograms* programs);

StepError install_filter(const sock_fprog& program, Step step);

}  // namespace sojourn
