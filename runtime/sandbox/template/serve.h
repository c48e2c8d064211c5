// The life of an instance on its channel: HELLO, CONFIG, START, READY, then calls, one at a time.
//
// A call that waits in the channel is claimed just before user code runs; one that the gateway took back meanwhile is
// passed over in silence. A reply is written before the next claim.
//
// Thread: the instance's main thread. Never returns: it ends the process by _exit, so that no destructor and no atexit
//         handler of the function runs after its last call.
#pragma once

#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/template/module.h"

namespace sojourn {

[[noreturn]] void serve(int channel_fd, ClaimPage& claims, const Module& module) noexcept;

}  // namespace sojourn
