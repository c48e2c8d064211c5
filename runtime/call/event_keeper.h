// The EventKeeper makes durable what a call emitted or enqueued, once the call has succeeded and before its reply goes
// out. What a function may emit is checked before, against its manifest.
//
// Thread: commit() on any loop; `done` comes exactly once, on that same loop, in a later turn.
// Owner:  main. It outlives the Runtime.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loader/deployment.h"
#include "runtime/base/result.h"

namespace sojourn {

class Loop;

// An event as a function hands it over: the attributes are checked in form (names, no control characters), `type` is
// there and allowed, `id` and `time` may be missing. What the platform sets never stands among them: source,
// specversion, causationid, sojournhops.
struct EmittedEvent {
  std::string source;  // "/functions/NAME" of the function, or of the decorator in its chain, that emitted it
  std::string queue;   // the queue that it goes to; empty: everybody who listens
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string data;
};
using EmittedEvents = std::vector<EmittedEvent>;

inline constexpr std::size_t kEmittedEventsMax = 256;      // of one call
inline constexpr std::size_t kEmittedBytesMax = 6u << 20;  // attributes and data of one call's events together

// By whose call they were emitted. Of a chain the outermost link in a sandbox.
struct EmittedBy {
  VersionPtr version;
  std::string call_id;
  std::string traceparent;  // or empty
  std::string cause;        // the id of the event that the call was made for (CauseView), or empty
  std::string correlation;  // its correlationid, or empty
  int hops = 0;             // how many events stand before these in the chain of causes
};

class EventKeeper {
 public:
  virtual ~EventKeeper() = default;
  // Error: nothing was kept; the call fails with it.
  virtual void commit(EmittedBy by, EmittedEvents events, Loop& loop, std::function<void(Status)> done) = 0;
};

}  // namespace sojourn
