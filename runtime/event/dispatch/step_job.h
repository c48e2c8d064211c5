// A StepJob is a leased job with all that it takes to do it: what the run keeps to, the step, the chain that is called,
// how long an attempt may take and how often it is made.
//
// Thread: values; the dispatcher's loop.
// Errors: what the step needs is not there any more: a version, a step, a function. Such a job is dead at once, and its
//         letter can be sent again when that is repaired.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "loader/pipeline.h"
#include "runtime/base/result.h"
#include "runtime/call/chain.h"
#include "runtime/event/dispatch/dispatch_site.h"
#include "runtime/event/envelope/cloud_event.h"
#include "runtime/event/journal/records.h"
#include "runtime/event/triggers/run_definition.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn {

enum class JobAct {
  kCall,       // a step `call`: the event goes to a function
  kPost,       // to a server outside
  kEmit,       // to everybody who listens; done by the journal alone
  kEnqueue,    // into a queue; likewise
  kAsyncCall,  // the request that somebody has left
  kCallback,   // what that was answered, to where they wanted it
  kAdopt,      // an item of a queue that nobody took from; somebody may by now
};

struct StepJob {
  LeasedJob lease;
  RunDefinition definition;
  JobAct act = JobAct::kAdopt;
  std::shared_ptr<const Pipeline> pipeline;  // where there is one
  const Step* step = nullptr;                // of it
  ChainPtr chain;                            // kCall, kAsyncCall
  CloudEvent event;                          // what the step sees; not of kAsyncCall and kCallback
  StoredCall call;                           // kAsyncCall, kCallback

  RetryPolicy retry;
  std::chrono::milliseconds timeout{30'000};  // of one attempt
  int concurrency = 1;                        // of its lane
  bool dead_letter = true;
  bool from_queue = false;  // its lane is what a queue is taken from: workers by need, up to `concurrency`

  // Stable over all attempts.
  std::string idempotency_key() const { return lease.run + "." + lease.step; }
  // Whether the platform does something outside the journal for it.
  bool acts() const { return act != JobAct::kEmit && act != JobAct::kEnqueue && act != JobAct::kAdopt; }
};

inline constexpr int kCallbacksAtOnce = 4;  // of one function
inline constexpr int kAdoptedAtOnce = 64;   // items of one queue, where its consumer takes no larger batches

// `NAME@7` for the function that a step names: the version that the run keeps to, where the step names none.
Result<std::string> reference_of(const RunDefinition& definition, const std::string& function);

// REQUIRES: data that lay in the payload store stands in `lease.input.data`.
Result<StepJob> understand(LeasedJob lease, DispatchSite& site);

}  // namespace sojourn
