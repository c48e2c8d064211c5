// The warden makes sandboxes: it keeps a few stems ahead (templates with all walls up and nothing loaded), gives one
// away for each version that the gateway wants to run, signals, reaps, and cleans up. It parses nothing, reads no byte
// of user code, and never waits for anything but its poll.
//
// At the other end of the link (protocol/warden_message.h) it says hello once the first stem stands or has failed, and
// ends when the link does: every template with its instances, every stem's directory and every cgroup goes first.
// Killed by force it takes all of them along too (they die with their parent); what it left on disk is cleaned up by
// the next one.
//
// Thread: run_warden takes over the process, which must have one thread: it changes namespaces, capabilities, the
//         environment and signal dispositions, and closes every descriptor that the options do not name.
#pragma once

#include <string>
#include <sys/types.h>

#include "runtime/base/log.h"

namespace sojourn {

// What to do on a host that lacks walls.
enum class WardenWalls {
  kRequireAll,    // refuse to make sandboxes; the hello says which step failed
  kAllowReduced,  // go on without Landlock
};

struct WardenOptions {
  int link = -1;  // SOCK_SEQPACKET to the gateway; closed at the end
  int log_fd = 2;
  LogLevel log_level = LogLevel::kInfo;
  std::string artifacts_directory;  // the ArtifactStore's
  std::string stems_directory;      // made when missing; on the same file system and mount as the artifacts
  int stems_ahead = 2;
  // As root each template gets an uid of its own, from here on. Numbers that no account of the host uses.
  uid_t first_uid = 0x70000000;
  // The process whose end ends the warden; 0: whatever the parent is.
  pid_t parent = 0;
  WardenWalls walls = WardenWalls::kRequireAll;
};

// Returns the exit code of the process: 0 when the link ended, 1 when it could not start (the log says why).
int run_warden(const WardenOptions& options);

}  // namespace sojourn
