// A Guard is a link of a chain that runs in this process, before a sandbox is spent: it may answer a request itself,
// let it pass, or look at the reply on its way back. One object per use in a function's chain, shared by all calls.
//
// Passing is `return inner(request, caller)`: no allocation, and the guard hears no more of the call. A guard that
// wants the reply hands its own Caller in and returns a RunningCall of its own that holds the inner handle. One that
// answers itself returns inner.answer(…) or inner.refuse(…), which keep the Caller's rule that nothing comes from
// inside enter().
//
// Thread: enter() on any loop, on several at once; state that calls share is the guard's to protect.
// Owner:  chains; a GuardFactory hands the same object to the next chain with the same use.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/call/caller.h"
#include "runtime/call/inner.h"
#include "runtime/call/running_call.h"

namespace sojourn {

class Guard {
 public:
  virtual ~Guard() = default;
  // The views of `request` end with the method; what has to last longer is copied. `inner` may be copied and kept as
  // long as the passage lives.
  virtual CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) = 0;
};

// Where in the deployment a guard stands.
struct GuardUse {
  std::string_view function;  // whose chain it is
  std::size_t position = 0;   // in `decorators`
  std::string_view name;      // "rate-limit"
  std::string_view with;      // JSON text, or empty
};

// A function that a guard calls beside its chain, and which option says so.
struct GuardTarget {
  std::string key;        // "to", "weights.api@8"
  std::string reference;  // "NAME", "NAME@7"
};

class GuardFactory {
 public:
  virtual ~GuardFactory() = default;
  // Any thread.
  virtual bool knows(std::string_view name) const = 0;
  virtual std::vector<std::string> names() const = 0;
  // Whether `with` suits the guard. The text of the error is `KEY: what is wrong`, or `what is wrong` for the whole.
  virtual Status check(std::string_view name, std::string_view with) const = 0;
  // Whom it would call, by options that check() found right.
  virtual std::vector<GuardTarget> targets(std::string_view name, std::string_view with) const = 0;
  // Home loop. Equal uses get the same guard as long as one of them is held, so that what it has counted or kept
  // outlives a deploy that does not concern it.
  virtual Result<std::shared_ptr<Guard>> make(const GuardUse& use) = 0;
};

}  // namespace sojourn
