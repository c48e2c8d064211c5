// The supervisor is the process the user started. It holds what must survive a crash of the others (the listening
// sockets, the data directory's lock) and does nothing but start the gateway, the warden and the broker, wait, and
// start them again. It parses nothing that comes from outside.
//
//   gateway   serves HTTP; under a user of its own when we are root
//   warden    makes sandboxes; serves one gateway, and ends by itself when that one is gone
//   broker    connects out for functions; serves one gateway like the warden; under a user of its own when we are root
//
// The first restart of a process that died is immediate; the next ones back off from 100 ms to 5 s until one has lived
// for 2 s. A process that somebody stopped (SIGSTOP) and left so for 2 s is killed and started again, since it answers
// nobody. A process that gives up before the server was ever ready ends the server instead: its reason is in the log.
//
// Thread: single-threaded, from start to end.
// Owner:  `sojourn serve`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/log.h"
#include "runtime/base/result.h"

namespace sojourn {

struct ServeOptions {
  std::string listen = "127.0.0.1:8080";       // see parse_listen_address
  std::filesystem::path data;                  // the data directory
  int workers = 0;                             // event loops; 0: default_workers()
  std::optional<std::filesystem::path> apply;  // a manifest to apply before the server says that it is ready
  bool dev = false;                            // loopback only: no tokens needed to invoke
  bool allow_private = false;                  // as with dev: private addresses, where a manifest names them
  std::vector<std::filesystem::path> files;    // below which files triggers may watch; none: nowhere
  bool behind_proxy = false;                   // a proxy in front does TLS: any address may be listened on
  bool allow_reduced = false;                  // serve although this host lacks walls that the security model requires
  LogLevel log_level = LogLevel::kInfo;
};

// One worker up to 4 CPUs, else one for every four, at most 16: the rest is for the functions.
int default_workers();

// Serves until SIGTERM, SIGINT or SIGHUP; a second one stops at once. Prints `sojourn: ready on http://ADDR` on
// standard output once the server answers and `apply` was applied. Returns the exit code; why a start failed goes to
// standard error, as a line for people.
int serve(const ServeOptions& options);

}  // namespace sojourn
