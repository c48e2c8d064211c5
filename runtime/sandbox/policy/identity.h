// Who a template is: uid 0 in its own user namespace, and outside a uid of its own (as root) or the server's (as an
// ordinary user). One id is mapped, so no other file owner exists for it.
//
// Thread: the warden's only thread, or its child between clone and exec.
#pragma once

#include <sys/types.h>

#include "runtime/sandbox/policy/step.h"

namespace sojourn {

// Writes the maps `0 uid 1` and `0 gid 1` of the process, whose user namespace is new.
// REQUIRES: CAP_SETUID and CAP_SETGID in the parent user namespace.
StepError map_user(pid_t pid, uid_t uid, gid_t gid);

// The same for the calling process and its own ids, which needs no capability.
StepError map_own_user(uid_t uid, gid_t gid);

// Becomes uid and gid 0 of the user namespace, in all three kinds of id.
StepError become_mapped_user();

}  // namespace sojourn
