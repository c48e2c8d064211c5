// The StateKeeper keeps what functions keep between calls: per function a key-value state with revisions, and leases
// with a fencing number. The runtime passes on what an instance asks; what is allowed and how much is the keeper's.
//
// Thread: state() and lease() on any loop. `done` comes exactly once, on that same loop, from inside or later; never
//         after the loop has stopped.
// Owner:  main. It outlives the Runtime.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "runtime/sandbox/host/nested_ask.h"

namespace sojourn {

class Loop;

struct KeptAnswer {
  std::int32_t code = 0;     // 0 or SJ_E...
  std::uint64_t number = 0;  // of state the revision, of a lease the fence
  std::string_view value;    // ends with the callback
};
using KeptDone = std::function<void(const KeptAnswer&)>;

class StateKeeper {
 public:
  virtual ~StateKeeper() = default;
  // The views of the ask end with the method.
  virtual void state(std::string_view function, const StateAsk& ask, Loop& loop, KeptDone done) = 0;
  // `owner` is the instance that asks, and never again another's number: one that asks again renews its lease.
  virtual void lease(std::string_view function, const LeaseAsk& ask, std::uint64_t owner, Loop& loop,
                     KeptDone done) = 0;
};

}  // namespace sojourn
