// What the journal holds, as plain data.
//
//   event -> begins runs -> each has jobs, one per step under way -> a job ends done, with jobs that follow, or dead
//
// Thread: values; any thread.
// Time:   milliseconds since 1970 by the wall clock, since they outlive the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/digest.h"

namespace sojourn {

using EpochMs = std::int64_t;  // milliseconds since 1970

struct EventRecord {
  std::string source;
  std::string id;
  std::string type;
  std::string attributes;      // the other context attributes, extensions too, as the text of a JSON object
  std::string data;            // at most kInlineDataMax
  std::optional<Digest> blob;  // longer data, in the payload store; `data` is then empty
  bool operator==(const EventRecord&) const = default;
};
inline constexpr std::size_t kInlineDataMax = 16u << 10;  // bytes

struct JobSpec {
  std::string step;  // its id in the pipeline
  std::string lane;  // where it waits: jobs are leased lane by lane, so that a slow one delays only itself
  std::optional<EventRecord> input;  // what the step sees; nothing: the run's own event
  EpochMs due = 0;
};

// What becomes of the later runs of a key when one of its runs ends with a dead letter.
enum class AfterFailure {
  kContinue,  // the next one begins
  kHold,      // they wait until every letter of the run was redriven or dropped
};

struct RunSpec {
  std::string id;          // a UUID; ordered_uuid() makes those that the journal finds a place for soonest
  std::string pipeline;    // or the function, for a trigger of its own and an asynchronous call
  std::string definition;  // what the run keeps to: run_definition.h
  std::string key;         // empty: in no order with others
  AfterFailure after_failure = AfterFailure::kContinue;
  std::vector<JobSpec> jobs;
};

// A name under which the same event is recognised when it comes again.
struct DedupeKey {
  std::string name;  // such as source and id, or the hook and the body's hash
  EpochMs until = 0;
};

struct Acceptance {
  EventRecord event;
  std::vector<DedupeKey> dedupe;
  std::vector<RunSpec> runs;  // none: the event is only kept
  // Begun instead of them as long as there are open jobs in the lane of its first job: the event keeps behind those.
  std::optional<RunSpec> waiting = std::nullopt;
};

struct Accepted {
  std::int64_t event = 0;  // its number; of a duplicate the first one's
  bool is_duplicate = false;
  std::string run;  // the first run; of a duplicate the first one's, as long as it is kept
};

struct LeasedJob {
  std::int64_t job = 0;
  std::int64_t token = 0;
  int attempt = 1;
  std::string run;
  std::string pipeline;
  std::string definition;
  std::string key;
  std::string step;
  std::string lane;
  std::int64_t event_number = 0;  // of the run's own event
  EventRecord input;              // what the step sees
};

// Why an attempt failed.
struct AttemptError {
  std::string kind;  // timeout crash memory throttled unavailable error invalid
  std::string text;
};

// What an asynchronous call or the last step answered.
struct RunResult {
  int status = 0;              // HTTP
  std::string headers;         // the text of a JSON array of [name, value]
  std::string body;            // at most kInlineDataMax
  std::optional<Digest> blob;  // a longer body
  bool operator==(const RunResult&) const = default;
};

struct Completion {
  std::vector<JobSpec> next;        // of the same run
  std::vector<RunSpec> runs;        // begun by the same event
  std::vector<Acceptance> emitted;  // commit with it
  std::optional<RunResult> result;  // of the run; the last one stays
};

// What goes with the end of a job that is dead.
struct Aftermath {
  std::optional<RunResult> result = {};  // of the run; the last one stays
  std::vector<JobSpec> next = {};        // of the same run
};

enum class RunState { kHeld, kActive, kDone, kFailed, kCancelled };
enum class JobState { kHeld, kReady, kLeased, kDead, kDone };

struct RunView {
  std::string id;
  std::string pipeline;
  std::string definition;
  std::string key;
  std::int64_t event = 0;
  RunState state = RunState::kActive;
  EpochMs began = 0;
  EpochMs ended = 0;  // 0: not yet
  int open_jobs = 0;
  std::int64_t number = 0;  // grows from run to run; lists go by it
};

struct Attempt {
  int number = 1;
  EpochMs at = 0;  // when it ended
  AttemptError error;
};

struct JobView {
  std::int64_t job = 0;
  std::string step;
  JobState state = JobState::kReady;
  EpochMs due = 0;    // of one that is ready
  EpochMs ended = 0;  // of one that is done or dead
  int attempts = 0;
  std::vector<Attempt> failures;  // the attempts that failed
};

struct EventView {
  std::int64_t number = 0;
  EpochMs accepted = 0;
  EventRecord event;
};

struct DeadLetter {
  std::int64_t number = 0;
  std::string run;
  std::string pipeline;
  std::string definition;
  std::string step;
  EpochMs at = 0;
  int attempts = 0;
  AttemptError error;  // the last attempt's
  std::vector<Attempt> failures;
  EventRecord event;  // the run's
  EventRecord input;  // the step's
};

// Jobs of a lane became ready, the first of them at `due`.
struct LaneWake {
  std::string lane;
  EpochMs due = 0;
};

struct LaneView {
  std::string lane;
  std::size_t ready = 0;  // due and not yet due
  std::size_t leased = 0;
  EpochMs first_due = 0;     // of those ready; 0: none is
  EpochMs oldest_event = 0;  // when the oldest event of that first one and of those leased was accepted; 0: no such job

  void add_event(EpochMs accepted) {
    if (oldest_event == 0 || (accepted != 0 && accepted < oldest_event)) oldest_event = accepted;
  }
};

inline constexpr std::size_t kListMax = 1000;           // rows of one list
inline constexpr std::int64_t kListLooksMax = 100'000;  // rows that one list looks at

// Which rows a list shows, the newest first; an empty member asks for nothing. One list looks at `looks` numbers and no
// more: what lies below them is for another one, and may fit as well.
struct ListFilter {
  std::string pipeline;           // runs and letters
  std::string type;               // events: this type; with `*` at its end, those that begin so
  std::string source;             // events
  std::int64_t event = 0;         // runs: those that this event began
  std::string run;                // letters: of this run
  std::optional<RunState> state;  // runs
  // Runs: active ones of a pipeline whose name begins so count as held, since nobody is there yet to do their jobs.
  std::string waiting_for_somebody;
  EpochMs since = 0;        // accepted, began, buried at or after
  EpochMs until = 0;        // and before; 0: no end
  std::int64_t before = 0;  // rows older than this number; 0: from the newest
  std::size_t most = 100;   // at most kListMax
  std::int64_t looks = kListLooksMax;
};

// One list. It may be short, or empty, and go on all the same.
template <class Row>
struct Listed {
  std::vector<Row> rows;
  std::int64_t next = 0;  // what to ask for as `before`, to go on behind what was looked at; 0: there is no more
};

// What became of one turn of forgetting.
struct Forgotten {
  std::size_t events = 0;
  bool is_through = false;  // there was nothing left to look at; the next turn begins with the oldest again
};

struct JournalStats {
  std::size_t open_jobs = 0;  // held, ready and leased
  std::size_t letters = 0;
  EpochMs oldest_open = 0;         // the oldest `oldest_event` of all lanes; 0: nothing is ready or leased
  std::uint64_t bytes = 0;         // on disk, the log and pages that wait to be used again among them
  std::uint64_t bytes_in_use = 0;  // of rows and indexes
  std::uint64_t damaged_rows = 0;  // that were found since the engine was opened
};

}  // namespace sojourn
