// The step machine says what becomes of a job whose attempt has ended: it is done and these follow, it is tried again
// then, it is dead, or its run has failed. It decides and does nothing; the journal does all of a decision in one
// batch, so that a step's end, its successors and what it emitted are there together or not at all.
//
// Thread: any; pure functions over values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/call/event_keeper.h"
#include "runtime/event/dispatch/step_job.h"
#include "runtime/event/dispatch/step_outcome.h"
#include "runtime/event/journal/journal_engine.h"

namespace sojourn {

struct TryAgain {
  AttemptError error;
  EpochMs due = 0;
};
struct HandBack {  // the attempt does not count
  EpochMs due = 0;
};
struct Bury {
  AttemptError error;
  Aftermath after = {};
};
struct FailRun {  // without a letter
  AttemptError error;
  Aftermath after = {};
};

struct LeaseName {
  std::int64_t job = 0;
  std::int64_t token = 0;
};

struct JobEnd {
  std::int64_t job = 0;
  std::int64_t token = 0;
  std::vector<LeaseName> with;  // jobs that end in the same way: items of one batch
  std::variant<Completion, TryAgain, HandBack, Bury, FailRun> how;
  std::vector<Acceptance> also;  // accepted with it, where `how` has no place for them
  std::string warning;           // for the log; or empty
};

// How an attempt went.
struct Attempted {
  StepOutcome outcome;
  EmittedEvents emitted;              // of a call that succeeded
  std::string call_id;                // of a call
  std::chrono::milliseconds took{0};  // of a call
};

struct Deciding {
  EpochMs now = 0;
  double random = 0;  // evenly distributed in [0, 1)
  const TriggerTable& triggers;
};

JobEnd decide(const StepJob& job, Attempted attempted, const Deciding& deciding);
// Of a job that understand() refused.
JobEnd decide_unknown(const LeasedJob& lease, const Error& why, const Deciding& deciding);
// A job that acts on the journal alone: emits, enqueues, is adopted.
JobEnd decide_inside(const StepJob& job, const Deciding& deciding);

// Items that waited in one queue, for a consumer that takes several: one run of them all. REQUIRES: at least one, all
// of kAdopt and of one queue, and a consumer.
JobEnd decide_batch(std::span<const StepJob> items, const Deciding& deciding);

// Whether an item of a queue has nobody who takes it.
bool waits_for_consumer(const StepJob& job, const TriggerTable& triggers);

// An attempt beyond the policy's last: a server that ended during that one has left its job to the next.
bool is_spent(const StepJob& job);
JobEnd decide_spent(const StepJob& job, const Deciding& deciding);

// Where what leaves a step goes on. The one place that knows the shape of a pipeline.
enum class Port { kOut, kFiltered, kFailed };
std::vector<const Step*> successors(const Pipeline& pipeline, const Step& step, Port port);

// Does it in the engine's batch. False: no lease was its job's any more, and nothing was changed.
Result<bool> apply(JournalEngine& engine, const JobEnd& end, EpochMs now);

}  // namespace sojourn
