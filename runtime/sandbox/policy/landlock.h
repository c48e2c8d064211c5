// Landlock: a second wall around files, TCP, signals and abstract sockets, drawn by the kernel around a process itself.
//
// The template's domain handles every right that this kernel's ABI knows, so whatever no rule allows is denied: files
// may be read and executed below the library directories and /fn, written below /tmp, and nothing else. An instance
// adds a domain that only scopes signals and abstract sockets, so that siblings cannot reach each other.
//
// Thread: the process's only thread; no_new_privs is set before.
#pragma once

#include <cstdint>

#include "runtime/sandbox/policy/step.h"

namespace sojourn {

// The kernel's Landlock ABI, 0 without Landlock.
std::uint32_t landlock_abi();

// ABIs from which on a wall exists.
inline constexpr std::uint32_t kLandlockAbiNetwork = 4;
inline constexpr std::uint32_t kLandlockAbiScope = 6;

// Enters the template's domain. REQUIRES: the minimal root; landlock_abi() >= 1.
StepError enter_template_domain(std::uint32_t abi);

// Enters a domain in which files are read where the C library looks to resolve names, none is written, and nothing
// outside is signalled or reached by an abstract socket. The network is left alone. REQUIRES: landlock_abi() >= 1.
StepError enter_resolving_domain(std::uint32_t abi);

// A ruleset that scopes and nothing else, to be entered by each instance; -1 where the kernel cannot scope.
int make_instance_ruleset(std::uint32_t abi);

// Enters a ruleset that make_instance_ruleset made.
StepError enter_instance_domain(int ruleset);

}  // namespace sojourn
