// Which namespaces a template gets, and the empty network namespace that all of them inherit.
//
// Making a network namespace costs more than all others together, so the warden unshares into one empty one at its
// start. It belongs to the warden's user namespace: not even root inside a template's own could bring its loopback up.
//
// Thread: the warden's only thread.
#pragma once

#include <cstdint>
#include <sched.h>
#include <sys/types.h>

#include "runtime/sandbox/policy/step.h"

namespace sojourn {

inline constexpr std::uint64_t kTemplateNamespaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;

// Moves this process into a new, empty network namespace.
StepError enter_empty_network();

// Moves this process, an ordinary user's, into a user namespace of its own where it is uid 0 and may make the others.
StepError enter_user_namespace();

// clone3 with `flags`, like fork: returns 0 in the child, its pid in the parent (and a pidfd), or -1 with errno set.
// REQUIRES: one thread. The child calls nothing that allocates.
pid_t clone_process(std::uint64_t flags, int* pidfd);

}  // namespace sojourn
