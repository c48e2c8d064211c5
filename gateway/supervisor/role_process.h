// What a process does that was started in a role: reads its settings, and runs the gateway, the warden or the broker.
//
// Thread: the first of the process. Returns its exit code.
#pragma once

#include <span>

namespace sojourn {

int run_gateway_role(std::span<const char* const> arguments);
int run_warden_role(std::span<const char* const> arguments);
int run_broker_role(std::span<const char* const> arguments);

}  // namespace sojourn
