// How an instance asks for a connection: through the asking socket of /fn/connect, which only functions with `connect`
// find and only their filter lets them reach. Nothing of it goes over the instance's channel, so that it works in
// START, in a call and on any thread, and no descriptor ever comes into a sandbox.
//
// Thread: any.
#pragma once

#include <sojourn/abi.h>

namespace sojourn {

// A connected stream socket, or SJ_E.... Waits, a few seconds at most.
int connect_through_door(sj_bytes name);

}  // namespace sojourn
