// Resource limits: the fixed ones that every template has from its exec on, and those of one function, which the warden
// sets from outside when it gives a stem away. Instances inherit both by fork, each with counts of its own.
//
// Thread: the warden's only thread, or its child between clone and exec.
#pragma once

#include <cstdint>
#include <sys/types.h>

#include "runtime/sandbox/policy/step.h"

namespace sojourn {

inline constexpr std::uint64_t kOpenFilesMax = 64;
inline constexpr std::uint64_t kFileSizeMax = 16u << 20;  // bytes
inline constexpr std::uint64_t kStackMax = 1u << 20;      // bytes; also the stack of each thread

// The fixed limits of the calling process. The stack's comes before exec because the layout follows it.
StepError limit_template();

struct FunctionLimits {
  std::uint64_t memory = 0;     // bytes of private writable memory of one process (RLIMIT_DATA)
  std::uint64_t processes = 0;  // of the template and all its instances, threads counted
};

// Sets the limits of one function on its template. Address space is bounded at kAddressSpaceFactor times the memory
// and kAddressSpaceBase for what is mapped from libraries.
StepError limit_function(pid_t pid, const FunctionLimits& limits);

inline constexpr std::uint64_t kAddressSpaceFactor = 4;
inline constexpr std::uint64_t kAddressSpaceBase = 64u << 20;  // bytes

// Raises the number of descriptors this process may have as far as it may.
void raise_open_files();

}  // namespace sojourn
