// Starts this same program again under another role: with the descriptors it names and no others, as the user it
// names, and so that it does not outlive its parent.
//
// The program is executed through a descriptor of itself, so that a user who may not look into the directory it lies
// in can still run it; and it is the same bytes when the file was replaced meanwhile.
//
// Thread: the caller must be single-threaded, since the child goes on from a fork.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace sojourn {

// A user without a name of its own in the password file is fine: only the numbers count.
struct Identity {
  uid_t uid;
  gid_t gid;
};

inline constexpr uid_t kGatewayUid = 64742;  // of a root-started gateway when the host has no user `sojourn`

inline constexpr uid_t kBrokerUid = 64743;  // of a root-started broker, whoever the gateway is

// Whom the broker runs as when this process is root. Nobody when it is not root.
std::optional<Identity> broker_identity();

// Whom the gateway runs as when this process is root: user `sojourn`, else kGatewayUid. Nobody when it is not root.
std::optional<Identity> gateway_identity();

struct ChildOptions {
  std::vector<std::string> arguments;            // after the program's name
  std::vector<std::string> environment;          // KEY=VALUE; the child has no other
  std::vector<std::pair<int, int>> descriptors;  // {ours, number in the child}; numbers from 3. 0 is /dev/null
  int output = 2;                                // ours, becomes 1 in the child
  std::optional<Identity> identity;              // with it: no capabilities and no new ones ever
};

// Returns once the program is executing; a start that failed names its step. Standard error stays ours. The child
// leads a process group of its own, so that Ctrl-C reaches only the supervisor, and gets SIGKILL when the caller dies.
Result<pid_t> start_child(const ChildOptions& options);

// Of this process's environment, what a child may know: PATH, HOME, LANG, TZ, and what sanitizers read.
std::vector<std::string> child_environment();

// "exited with 1", "was killed by signal 9 (Killed)", of a status as waitpid gives it.
std::string exit_text(int status);

}  // namespace sojourn
