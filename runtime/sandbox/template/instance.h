// What a forked child of the template becomes: it closes what is not its own, draws the instance's own walls, says
// HELLO, takes its CONFIG, runs SOJOURN_START, says READY, and then serves one call after the other until it is told to
// go or its channel ends.
//
// The walls drawn here stand in memory that the function's author controls. They guard an honest function against its
// input; the walls against its author are the template's, and the gateway's distrust of the channel.
//
// Thread: the child's only thread. Never returns.
#pragma once

#include "runtime/sandbox/template/module.h"
#include "runtime/sandbox/template/walls.h"

namespace sojourn {

// The descriptors that came with FORK.
struct InstanceFds {
  int channel = -1;
  int log = -1;
  int claims = -1;
};

[[noreturn]] void run_instance(const InstanceFds& fds, const Module& module, const Walls& walls);

// How an instance ends that never began to serve.
inline constexpr int kInstanceWallFailed = 121;
inline constexpr int kInstanceChannelBroken = 122;

}  // namespace sojourn
