// What the warden and a stem (a template that has not loaded anything yet) agree on: which descriptor is which after
// exec, and how the stem says that its walls are up.
//
// Two descriptors carry words before user code runs: the report pipe, and once the control socket, over which the stem
// passes the descriptor that resizes its /tmp. After loading, one byte on the report pipe says that the link to the
// artifact is no longer needed; user code may have written it, and gains nothing by that.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/sandbox/policy/step.h"

namespace sojourn {

inline constexpr int kStemNullFd = 0;     // /dev/null, for reading
inline constexpr int kStemLogFd = 1;      // the log pipe; 2 is the same
inline constexpr int kStemControlFd = 3;  // SOCK_SEQPACKET to the gateway (template_control.h)
inline constexpr int kStemReportFd = 4;   // the write end of the report pipe
inline constexpr int kStemAliveFd = 5;    // the read end of a pipe whose write end only the warden holds
inline constexpr int kStemFiltersFd = 6;  // the seccomp programs (policy/seccomp_load.h)
inline constexpr int kStemFdCount = 7;

// The objects in the stem's /fn: 0 is the function's, from 1 on those of fused links, outermost first.
inline constexpr std::uint32_t kStemObjectsMax = 9;
inline std::string stem_object_name(std::uint32_t index) {
  return (index == 0 ? "fn" : std::to_string(index)) + ".so";
}

inline constexpr char kStemLoadedByte = 'L';

struct StemReport {
  Step step = Step::kNone;  // the step that failed; kNone: every wall is up
  std::int32_t error = 0;   // its errno
  std::uint64_t walls = 0;  // WallBits of what the stem itself put up
  std::uint32_t landlock_abi = 0;
  std::uint32_t reserved = 0;
};

// The single argument of the template program.
inline constexpr char kRequireAllWalls[] = "all-walls";
inline constexpr char kAllowFewerWalls[] = "fewer-walls";

}  // namespace sojourn
