// The broker is the process that connects out for functions. It has the network of the host and nothing else: no
// privileges, no files to write, no program to run. One gateway asks it (broker_message.h) to join a function's stream
// with a host and a port; it resolves, judges the address, connects and relays. It ends when its link does.
//
// It stands between a function and the network rather than handing the connected socket over, since what a socket is
// connected to can be changed by whoever holds it (docs/decisions/egress.md).
//
// Thread: run_broker takes over the process, which must have one thread.
#pragma once

#include "runtime/base/log.h"
#include "runtime/egress/connector.h"

namespace sojourn {

struct BrokerOptions {
  int link = -1;  // SOCK_SEQPACKET to the gateway; closed at the end
  int log_fd = 2;
  LogLevel log_level = LogLevel::kInfo;
  PrivateAddresses private_addresses = PrivateAddresses::kDenied;
};

// Returns the exit code of the process: 0 when the link ended, 1 when a wall of its own did not come up.
int run_broker(const BrokerOptions& options);

}  // namespace sojourn
