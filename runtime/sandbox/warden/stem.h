// A Stem is a template from its clone to its end, as the warden holds it: rising while its walls go up, ready when it
// waits for an artifact, adopted when the gateway has it.
//
// Thread: the warden's only thread.
// Owner:  the warden's table, by slot number.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/policy/seccomp_filter.h"
#include "runtime/sandbox/policy/step.h"

namespace sojourn {

struct Stem {
  enum class State {
    kRising,   // cloned; its report has not come
    kReady,    // all walls are up, nothing is loaded
    kAdopted,  // the gateway has its control socket
  };

  State state = State::kRising;
  StemKind kind = StemKind::kClosed;
  std::uint32_t slot = 0;  // names its directory, its cgroup and its uid
  std::uint64_t id = 0;    // the gateway's, once adopted
  pid_t pid = -1;
  UniqueFd pidfd;
  UniqueFd directory;           // stems/N
  UniqueFd control;             // the gateway's end, until adoption
  UniqueFd log;                 // the read end, until adoption
  UniqueFd report;              // the read end, until it has loaded
  UniqueFd alive;               // the write end, until it is ready
  UniqueFd tmp_context;         // resizes its /tmp, until adoption
  std::vector<UniqueFd> doors;  // listening sockets of /fn/connect, at adoption
  std::chrono::steady_clock::time_point since;
};

// What every stem is made from; made once.
struct StemRecipe {
  int image = -1;                               // the template program
  std::array<int, kStemKinds> filters{-1, -1};  // the seccomp programs of each kind
  int null = -1;                                // /dev/null
  bool own_uid = false;  // a uid per template: the warden writes the maps; else the child maps the warden's own
  uid_t first_uid = 0;
  const char* wall_argument = nullptr;  // kRequireAllWalls or kAllowFewerWalls
};

// Clones a stem into its namespaces and on its way. `stem` has its slot and directory; the rest is filled in.
// `cgroup_files` are open cgroup.procs files that the child enters by.
// Changes the current directory, through which the child finds its own in its copy of the mounts.
StepError clone_stem(const StemRecipe& recipe, const std::vector<int>& cgroup_files, Stem& stem);

}  // namespace sojourn
