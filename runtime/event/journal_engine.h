// A JournalEngine keeps what must not be lost: accepted events, the runs that they began, the jobs still to be done,
// and the dead letters. Everything happens in batches: begin, any number of operations, commit; when commit returns,
// the batch outlives a power cut, and before that nothing of it may be told to anybody.
//
//   event -> begins runs -> each has jobs, one per step under way -> a job ends done, with jobs that follow, or dead
//
//   job:  held ---> ready ---> leased ---> done (gone)
//          ^ an earlier     ^      |-----> ready, later: another attempt
//            run of the     |      `-----> dead: a letter
//            same key       `- an epoch that ended loses its leases
//
// Runs of one pipeline with the same key go one after the other, in the order of their events: a later one is held
// until the earlier one has ended, whichever way.
//
// A lease is fenced: each has a token that no other lease has, and what comes with another token than the job's present
// one changes nothing. Leases belong to the epoch that took them; the next epoch, which begins with the opening of the
// engine, finds them ready again.
//
// Thread: one, the JournalWriter's.
// Time:   `now` and due times are milliseconds since 1970 by the wall clock, since they outlive the process.
// Errors: kStoreUnavailable when the disk is full or fails; then the batch is to be rolled back. A job whose row, or
//         whose event's, does not fit its checksum is never handed out: lease() buries it with those words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"

namespace sojourn {

using EpochMs = std::int64_t;  // milliseconds since 1970

struct EventRecord {
  std::string source;
  std::string id;
  std::string type;
  std::string attributes;      // the other context attributes, extensions too, as the text of a JSON object
  std::string data;            // at most kInlineDataMax
  std::optional<Digest> blob;  // longer data, in the content-addressed store; `data` is then empty
  bool operator==(const EventRecord&) const = default;
};
inline constexpr std::size_t kInlineDataMax = 16u << 10;  // bytes

struct JobSpec {
  std::string step;   // its id in the pipeline
  std::string input;  // the event that the step sees, as the pipeline encodes it; empty: the run's own event
  EpochMs due = 0;
};

struct RunSpec {
  std::string id;          // a UUID
  std::string pipeline;    // or the function, for a trigger of its own
  std::string definition;  // which version of it the run keeps
  std::string key;         // empty: in no order with others
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
};

struct Accepted {
  std::int64_t event = 0;  // its number; of a duplicate the first one's
  bool is_duplicate = false;
  std::string run;  // the first run; of a duplicate the first one's
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
  std::string input;
  std::int64_t event_number = 0;
  EventRecord event;
};

// Why an attempt failed.
struct AttemptError {
  std::string kind;  // timeout crash memory throttled unavailable error invalid
  std::string text;
};

struct Completion {
  std::vector<JobSpec> next;        // of the same run
  std::vector<Acceptance> emitted;  // commit with it
};

enum class RunState { kHeld, kActive, kDone, kFailed, kCancelled };

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
};

struct DeadLetter {
  std::int64_t number = 0;
  std::string run;
  std::string pipeline;
  std::string step;
  std::string input;
  EpochMs at = 0;
  int attempts = 0;
  AttemptError error;  // the last attempt's
  EventRecord event;
};

class JournalEngine {
 public:
  virtual ~JournalEngine() = default;

  virtual Status begin() = 0;
  virtual Status commit() = 0;
  virtual void rollback() = 0;

  // Within a batch.
  virtual Result<Accepted> accept(const Acceptance& acceptance, EpochMs now) = 0;
  // Leases jobs that are due, the longest due first.
  virtual Result<std::vector<LeasedJob>> lease(EpochMs now, std::size_t most) = 0;
  // False: the token is not the job's present one, and nothing was changed.
  virtual Result<bool> complete(std::int64_t job, std::int64_t token, const Completion& completion, EpochMs now) = 0;
  virtual Result<bool> retry(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs due) = 0;
  // The attempt did not count: the job is ready again at once, with the same number of attempts.
  virtual Result<bool> give_back(std::int64_t job, std::int64_t token) = 0;
  virtual Result<bool> bury(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs now) = 0;
  // Ends a run that has not ended: what is not leased is dropped, what is leased finds its token stale. False: it has
  // ended, or there is none.
  virtual Result<bool> cancel(std::string_view run, EpochMs now) = 0;
  // Makes the letter's job ready once more, in a run that goes on. False: there is no such letter.
  virtual Result<bool> redrive(std::int64_t letter, EpochMs now) = 0;
  virtual Result<bool> drop_letter(std::int64_t letter) = 0;
  // Forgets events accepted before `before`, with their runs, but those of which a run is open or a letter is kept; at
  // most `most`. Names of duplicates go at their own time.
  virtual Result<std::size_t> forget(EpochMs before, EpochMs now, std::size_t most) = 0;

  // Any time on the thread; see what is committed, and the batch's own changes inside of one.
  virtual Result<std::optional<RunView>> run(std::string_view id) = 0;
  virtual Result<std::vector<DeadLetter>> letters(std::int64_t after, std::size_t most) = 0;
  virtual Result<std::optional<EpochMs>> next_due() = 0;  // of what is ready; nothing: there is none
  virtual Result<std::size_t> open_jobs() = 0;            // held, ready and leased
};

}  // namespace sojourn
