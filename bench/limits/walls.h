// The walls of a bare sandbox, one function each, in the order in which they go up. Each is the least that has the
// effect: no policy is read, nothing is checked, and a failure ends the process by naming the step.
//
// Thread: a process with one thread, on its way into the sandbox.
#pragma once

#include <string>
#include <sys/types.h>

namespace bench {

// An empty network namespace, for every sandbox made later. As an ordinary user, inside a user namespace of its own.
void enter_empty_network();

// fork with user, mount, process, UTS, IPC and cgroup namespaces of its own. 0 in the child.
pid_t fork_into_namespaces();
// The parent's part: root inside is nobody else outside.
void map_identity(pid_t child);

// A tmpfs as root, in it the host's libraries and `object_directory` (as /fn), both read-only, and a private /tmp.
void enter_own_root(const std::string& object_directory);

// Reading below /usr and /fn and nothing else. Does nothing where the kernel has no Landlock.
void restrict_files();
// An allow-list of some fifty system calls; any other is an error.
void restrict_system_calls();

}  // namespace bench
