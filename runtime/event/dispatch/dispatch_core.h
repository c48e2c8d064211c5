// The DispatchCore is the dispatcher without its loop, its journal's thread and its sandboxes: it knows which jobs are
// under way, says what the journal is to do next, and takes in what came of it. The dispatcher drives it, and so does
// the simulator.
//
//   next_turn() -> do_turn() in the journal -> turn_done(): these jobs begin -> each ends: end() -> next_turn() ...
//
// A turn is one piece of work: all that has ended since the last one, then leases for the room this made, so that a
// step's successor begins in the very batch that ends the step. There is one turn at a time; what comes meanwhile is
// the next one's.
//
// A turn that fails changes nothing and is done again: after a pause, its ends one by one, so that one that the journal
// does not take holds up no other; that one becomes a dead letter.
//
// Thread: one; pure, told the time.
// Bound:  kUnderWayMax jobs under way, kTurnEndsMax ends in a turn.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/event/dispatch/lane_roster.h"
#include "runtime/event/dispatch/queue_scaler.h"
#include "runtime/event/dispatch/step_machine.h"

namespace sojourn {

struct Turn {
  std::vector<JobEnd> ends;
  std::vector<LaneShare> leases;
  bool survey = false;  // look at all lanes too
};

struct LeasedWork {
  LeasedJob lease;
  std::optional<RunResult> result;  // of its run, for a callback
};

struct TurnResult {
  std::vector<char> ended;  // for each end whether the lease was still the job's
  std::vector<std::vector<LeasedWork>> leased;
  std::optional<std::vector<LaneView>> lanes;
};

// In the engine's batch; changes nothing but the journal.
Result<TurnResult> do_turn(JournalEngine& engine, const Turn& turn, EpochMs now);

inline constexpr std::array<std::string_view, 7> kErrorKinds = {"timeout",     "crash", "memory", "throttled",
                                                                "unavailable", "error", "invalid"};

struct DispatchStats {
  std::size_t under_way = 0;  // jobs
  std::uint64_t leased = 0;   // jobs, all from here on since the process began
  std::uint64_t done = 0;     // with those that passed nothing on
  std::uint64_t retried = 0;  // attempts after which another one follows
  std::uint64_t failed = 0;   // runs that ended without a letter
  std::uint64_t handed_back = 0;
  std::uint64_t stale = 0;  // ends that came too late: the job was no longer theirs
  std::uint64_t turns_failed = 0;
  std::array<std::uint64_t, kErrorKinds.size()> dead{};     // letters, by kErrorKinds
  std::map<std::string, QueueFigures, std::less<>> queues;  // by lane
};

class DispatchCore {
 public:
  static constexpr std::size_t kUnderWayMax = 256;  // jobs
  static constexpr std::size_t kTurnEndsMax = 256;
  static constexpr EpochMs kTurnPause = 1'000;    // milliseconds, after a turn that failed
  static constexpr EpochMs kSurveyEvery = 1'000;  // at most

  explicit DispatchCore(std::size_t under_way_max = kUnderWayMax) : roster_(under_way_max) {}

  // Jobs became ready. What is ready in the journal as it was found, the first turn says.
  void woken(const std::vector<LaneWake>& wakes);

  // What the journal is to do; nothing: there is nothing now, or a turn is under way.
  std::optional<Turn> next_turn(EpochMs now);
  // The turn's answer; returns the jobs that begin.
  std::vector<LeasedWork> turn_done(Turn turn, Result<TurnResult> result, EpochMs now);

  // What a job that begins has turned out to be: its lane's limit.
  void learn(const StepJob& job);
  // Whether the job is still to be done under this lease: not when its run was cancelled.
  bool is_under_way(const LeaseName& lease) const;
  // Its attempt has ended. False: nobody waits for it any more, since its run was cancelled.
  bool end(JobEnd end, EpochMs now, std::chrono::milliseconds took = {});
  // The item waits in a queue that nobody takes from: its lane is left alone until something is deployed.
  void park(std::string_view lane) { roster_.park(lane); }
  void deployed();
  // Jobs of the run that are under way; nobody waits for them any more.
  std::vector<std::int64_t> cancelled(std::string_view run);

  // Nothing new is begun.
  void drain() { draining_ = true; }
  bool is_draining() const { return draining_; }
  bool idle() const { return under_way_.empty() && ends_.empty() && !turn_under_way_; }
  // When next_turn() will have something to do, unless something happens before.
  std::optional<EpochMs> wake_at() const;

  DispatchStats stats() const;
  const LaneRoster& roster() const { return roster_; }

 private:
  struct UnderWay {
    std::string lane;
    std::string run;
    std::int64_t token = 0;
  };
  struct Queue {
    QueueScaler scaler;
    std::size_t taken = 0;
    int most = 1;
  };

  void let_go(std::int64_t job);
  bool paused(EpochMs now) const { return now < paused_until_; }
  void take_ends(Turn& turn, EpochMs now);
  bool wants_survey(EpochMs now) const;
  void note(const JobEnd& end, std::string_view lane, EpochMs now);
  void turn_failed(Turn turn, const Error& why, EpochMs now);
  void count(const JobEnd& end);
  void rescale(EpochMs now, const std::vector<LaneView>& lanes);

  LaneRoster roster_;
  std::map<std::int64_t, UnderWay> under_way_;  // by job; from its lease to its end()
  std::deque<JobEnd> ends_;
  std::map<std::string, Queue, std::less<>> queues_;  // by lane
  DispatchStats stats_;
  EpochMs paused_until_ = 0;
  EpochMs surveyed_ = 0;
  bool has_surveyed_ = false;
  bool turn_under_way_ = false;
  bool careful_ = false;      // a turn has failed: ends one by one
  bool leases_next_ = false;  // careful: the last turn was an end's
  bool draining_ = false;
};

}  // namespace sojourn
