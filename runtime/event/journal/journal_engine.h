// A JournalEngine keeps what must not be lost: accepted events, the runs that they began, the jobs still to be done,
// and the dead letters. Everything happens in batches: begin, any number of operations, commit; when commit returns,
// the batch outlives what it was begun to outlive, and before that nothing of it may be told to anybody.
//
//   job:  held ---> ready ---> leased ---> done
//          ^ an earlier     ^      |-----> ready, later: another attempt
//            run of the     |      `-----> dead: a letter, or a run that failed without one
//            same key       `- an epoch that ended loses its leases
//
// Runs of one pipeline with the same key stand in line, in the order of their events: one is at the counter, the others
// are held. It leaves when it has ended, and where the pipeline asks for it not before its letters are gone too. A run
// that a letter reopens comes to the counter when nobody else is there; otherwise it waits, ahead of younger ones.
//
// A lease is fenced: each has a token that no other lease has, and what comes with another token than the job's present
// one changes nothing. Leases belong to the epoch that took them; the next epoch, which begins with the opening of the
// engine, finds them ready again.
//
// Thread: one, the JournalWriter's.
// Time:   `now` and due times are milliseconds since 1970 by the wall clock, since they outlive the process. When
// lease()
//         finds the clock set back by more than kClockSlack, jobs that are due later are brought forward by as much:
//         none waits longer than it would have.
// Errors: kStoreUnavailable when the disk is full or fails, kInternal when the file was damaged; then the batch is to
// be
//         rolled back. A job whose row, or whose run's, event's or input's, does not fit its checksum is never handed
//         out: lease() buries it with those words. Lists leave damaged rows out, and count them in stats().
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

// What a batch is to outlive.
enum class Outlives {
  kPowerCut,  // synced: what was accepted from a sender
  kProcess,   // written and not synced: leases and ends, which a power cut may undo, the newest first and never one
              // without all that came after it; what it undoes is done again
};

inline constexpr EpochMs kClockSlack = 60'000;    // milliseconds
inline constexpr EpochMs kNameSlack = 3'600'000;  // milliseconds that a name stays after its time

class JournalEngine {
 public:
  virtual ~JournalEngine() = default;

  virtual Status begin(Outlives outlives) = 0;
  virtual Status commit() = 0;  // error: nothing of the batch is there, and it is to be rolled back
  virtual void rollback() = 0;
  // The lanes in which jobs became ready by batches that were committed since the last time it was asked.
  virtual std::vector<LaneWake> take_woken() = 0;

  // Within a batch.
  virtual Result<Accepted> accept(const Acceptance& acceptance, EpochMs now) = 0;
  // Begins a run of an event that is kept: replays. False: there is no such event.
  virtual Result<bool> begin_run(std::int64_t event, const RunSpec& run, EpochMs now) = 0;
  // Leases jobs of a lane that are due, the longest due first.
  virtual Result<std::vector<LeasedJob>> lease(std::string_view lane, EpochMs now, std::size_t most) = 0;
  // False: the token is not the job's present one, and nothing was changed.
  virtual Result<bool> complete(std::int64_t job, std::int64_t token, const Completion& completion, EpochMs now) = 0;
  virtual Result<bool> retry(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs due,
                             EpochMs now) = 0;
  // The attempt did not count: the job is ready again from `due` on, with the same number of attempts.
  virtual Result<bool> give_back(std::int64_t job, std::int64_t token, EpochMs due) = 0;
  // The run ends failed, when it has no other open job.
  virtual Result<bool> bury(std::int64_t job, std::int64_t token, const AttemptError& error, const Aftermath& after,
                            EpochMs now) = 0;
  // Likewise, and without a letter: where the pipeline wants none.
  virtual Result<bool> fail(std::int64_t job, std::int64_t token, const AttemptError& error, const Aftermath& after,
                            EpochMs now) = 0;
  // Ends a run that has not ended: what is not leased is dropped, what is leased finds its token stale. False: it has
  // ended, or there is none.
  virtual Result<bool> cancel(std::string_view run, EpochMs now) = 0;
  // Makes the letter's job ready once more, in a run that goes on. False: there is no such letter.
  virtual Result<bool> redrive(std::int64_t letter, EpochMs now) = 0;
  // The run keeps to this from now on, instead of what it began with. False: there is no such run.
  virtual Result<bool> rebind(std::string_view run, std::string_view definition) = 0;
  virtual Result<bool> drop_letter(std::int64_t letter, EpochMs now) = 0;
  // Forgets events accepted before `before`, with their runs, but those of which a run is open or a letter is kept.
  // Looks at `most` events, the oldest first, and goes on behind them the next time. Names of duplicates go some
  // time after theirs has passed, kNameSlack at the earliest, so that a clock that is set back makes none valid again.
  virtual Result<Forgotten> forget(EpochMs before, EpochMs now, std::size_t most) = 0;
  // A number under a name, such as the last time that a schedule fired.
  virtual Status set_mark(std::string_view name, std::int64_t value) = 0;

  // Any time on the thread; see what is committed, and the batch's own changes inside of one.
  virtual Result<std::optional<std::int64_t>> mark(std::string_view name) = 0;
  virtual Result<std::optional<RunView>> run(std::string_view id) = 0;
  virtual Result<std::vector<JobView>> jobs(std::string_view run) = 0;
  virtual Result<std::optional<RunResult>> result(std::string_view run) = 0;
  virtual Result<std::optional<EventView>> event(std::int64_t number) = 0;
  virtual Result<Listed<RunView>> runs(const ListFilter& filter) = 0;
  virtual Result<Listed<EventView>> events(const ListFilter& filter) = 0;
  virtual Result<Listed<DeadLetter>> letters(const ListFilter& filter) = 0;
  virtual Result<std::optional<DeadLetter>> letter(std::int64_t number) = 0;
  virtual Result<std::vector<LaneView>> lanes() = 0;  // every lane with an open job
  virtual Result<JournalStats> stats() = 0;
  // Whether any row still names this payload.
  virtual Result<bool> uses(const Digest& blob) = 0;
};

}  // namespace sojourn
