// The gateway process: it accepts HTTP on the sockets it is given, keeps what is deployed, and calls functions through
// the runtime. It is the only process that parses what strangers send, and it never maps their code.
//
// One loop per worker. The first, on the calling thread, is the home loop: the runtime's warden link, the deployer and
// the stores' answers live there. A request is served wholly on the loop that accepted its connection.
//
// Thread: run_gateway is called once, on the process's first thread, before any other was started.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/log.h"

namespace sojourn {

// How the supervisor wants its gateway. Descriptors are borrowed and stay open until run_gateway returns.
struct GatewayOptions {
  std::vector<int> listening;       // bound, listening TCP sockets; one worker serves each. REQUIRES: at least one
  int supervisor = -1;              // the gateway's end of gateway/supervisor_link.h; -1: none, e.g. in a test
  std::string data_directory;       // exists, 0700, writable by this process
  std::string public_url;           // how clients reach the server: "http://127.0.0.1:8080", without a slash at the end
  bool dev = false;                 // on loopback: every function is open, /metrics too
  bool allow_private = false;       // loopback and private addresses may be reached where a manifest says so
  std::vector<std::string> files;   // directories below which files triggers may watch; none: nowhere
  bool behind_proxy = false;        // X-Forwarded-For of the peer is believed for the remote address
  bool check_loopback_host = true;  // answer 421 unless Host is localhost or a loopback address
  std::string version = "0.1.0";    // of the product, for /status
  int log_fd = 2;
  int access_log_fd = 2;  // one JSON line per request; -1: none
  LogLevel log_level = LogLevel::kInfo;
};

// Runs until SIGTERM or SIGINT, or until the supervisor is gone; then lets running calls finish, 30 s at most.
// Returns the process's exit code: 0 after an orderly end, 1 when it could not start (the reason is in the log).
int run_gateway(const GatewayOptions& options);

}  // namespace sojourn
