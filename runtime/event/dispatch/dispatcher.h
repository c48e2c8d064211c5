// The Dispatcher takes what is due in the journal through its steps: it leases jobs, calls functions and servers, and
// brings the journal what came of it. What it decides is the DispatchCore's and the step machine's; here are the loop,
// the journal's thread and the sandboxes.
//
// It wakes when the journal says that something became ready, when an attempt ends, and when the next job is due; an
// idle one does not wake at all.
//
// Thread: the home loop.
// Owner:  the gateway. The journal, the runtime, the client and the site outlive it. Dropping it ends all attempts
//         without a word; their leases end with the process.
// Errors: whatever fails is an attempt's failure, or a turn that is done again; nothing is thrown or dropped.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/event/dispatch/dispatch_clock.h"
#include "runtime/event/dispatch/dispatch_core.h"
#include "runtime/event/dispatch/step_attempt.h"
#include "runtime/event/journal/journal.h"
#include "runtime/loop/loop.h"

namespace sojourn {

struct DispatcherParts {
  Loop& loop;
  Journal& journal;
  Runtime& runtime;
  HttpClient& http;
  DispatchSite& site;
  const Log& log;
  const Clock& clock = Clock::system();
  bool has_private_callbacks = false;  // see AttemptTools
};

class Dispatcher {
 public:
  // Listens to the journal from here on.
  explicit Dispatcher(const DispatcherParts& parts);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Looks at what the journal holds, and begins.
  void start();
  // Something else is deployed now: who takes from a queue, how many at once.
  void deployed();
  // The run was cancelled in the journal: its attempts are not waited for any more.
  void cancelled(std::string_view run);
  // Begins nothing more; `done` once all attempts have ended and the journal knows it.
  void drain(std::function<void()> done);

  DispatchStats stats() const { return core_.stats(); }

 private:
  EpochMs now();
  void pump_later();
  void pump();
  void on_turn(Turn turn, Result<TurnResult> result);
  // Jobs whose data lies in the store, until it is fetched.
  struct Fetching;
  void begin(std::vector<LeasedWork> works);
  void begin_items(std::vector<LeasedWork> items);
  std::shared_ptr<Fetching> fetch_all(std::vector<LeasedWork> works, std::function<void(Fetching&)> then);
  void begin_what_came(Fetching& fetching);
  void begin_fetched(std::vector<LeasedWork> works);
  void begin_job(StepJob job, std::optional<RunResult> result);
  void adopt(std::vector<StepJob> items);
  void on_ended(StepAttempt& attempt, Attempted attempted);
  Deciding deciding();
  // Ends it with what `otherwise` says when its long data cannot be stored.
  void conclude(JobEnd end, std::chrono::milliseconds took, std::function<JobEnd(const Error&)> otherwise);
  void end_with(JobEnd end, std::chrono::milliseconds took);
  void after_blocking(std::function<void()> work, std::function<void()> done);

  DispatcherParts parts_;
  AttemptTools tools_;
  DispatchClock time_;
  DispatchCore core_;
  std::mt19937_64 random_;
  TriggerTablePtr triggers_;                                       // as of the last decision
  std::map<std::int64_t, std::unique_ptr<StepAttempt>> attempts_;  // by job
  std::vector<std::unique_ptr<StepAttempt>> ended_;                // until the end of the loop's turn
  std::deque<std::shared_ptr<Fetching>> adopting_;                 // items of queues, in the order of their leases
  Timer timer_;
  bool pumping_ = false;
  std::function<void()> drained_;
  // What comes back from other threads after the dispatcher has gone finds this one empty.
  std::shared_ptr<Dispatcher*> alive_;
};

}  // namespace sojourn
