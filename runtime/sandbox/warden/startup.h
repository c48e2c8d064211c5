// Turns a fresh process into a warden: nothing inherited that is not named, no more power than making and ending
// templates takes, an empty network, and an end that comes with its parent's.
//
// Thread: the process's only thread.
#pragma once

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/warden/warden.h"

namespace sojourn {

// Closes every descriptor but 0–2 and those of the options, empties the environment, and leaves the terminal's signals
// to the supervisor: the warden ends when its link does.
void shed_inheritance(const WardenOptions& options);

enum class UidMode {
  kOwnUid,     // root: each template is another user of the host
  kSharedUid,  // an ordinary user: all templates are that user, in a namespace of the warden's
};

// Enters an empty network namespace, and before it, where that takes one, a user namespace. Then drops what
// capabilities are not needed.
Result<UidMode> drop_powers();

// Dies with the parent. An error when it is gone already.
Status die_with_parent(pid_t parent);

}  // namespace sojourn
