// Dead letters: sending one again, by other versions where that is wished, and giving one up.
#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {
namespace {

struct Found {
  std::int64_t job = 0;
  std::int64_t run = 0;
  std::string lane;
};

std::optional<Found> find(JournalQueries& queries, std::int64_t letter) {
  std::optional<Found> found;
  queries.each(
      Query::kFindLetter,
      [&](const Statement& row) {
        found = Found{row.integer(0), row.integer(1), std::string(row.bytes(2))};
      },
      letter);
  return found;
}

}  // namespace

Result<bool> SqliteEngine::redrive(std::int64_t letter, EpochMs now) {
  const auto found = find(queries_, letter);
  if (!found) return queries_.answer(false);
  RunLine run = line_of(found->run);
  const bool is_ordered = !run.key.empty();
  if (is_ordered && run.place == Place::kInNoLine) {
    run.place = in_line(Query::kAtCounter, run.pipeline, run.key) ? Place::kWaiting : Place::kAtCounter;
  }
  const bool waits = run.place == Place::kWaiting;
  run.state = waits ? RunState::kHeld : RunState::kActive;
  run.ended = 0;
  ++run.open;
  --run.failed;
  --run.letters;
  write(run);
  const JobState state = waits ? JobState::kHeld : JobState::kReady;
  queries_.run(Query::kReviveJob, state, now, found->job);
  queries_.run(Query::kDropAttempts, found->job);
  queries_.run(Query::kDropLetter, letter);
  writes_numbers_ = true;
  moved(found->lane, JobState::kDead, state, now);
  return queries_.answer(true);
}

Result<bool> SqliteEngine::rebind(std::string_view id, std::string_view definition) {
  bool is_there = false;
  std::int64_t run = 0;
  std::int64_t event = 0;
  RunSpec spec;
  queries_.each(
      Query::kReadRun,
      [&](const Statement& row) {
        is_there = read_run(row).has_value();
        run = row.integer(0);
        event = row.integer(1);
        spec.after_failure = static_cast<AfterFailure>(row.integer(6));
        spec.id = row.bytes(8);
        spec.pipeline = row.bytes(9);
        spec.key = row.bytes(10);
      },
      id);
  if (!is_there) return queries_.answer(false);
  spec.definition = definition;
  queries_.run(Query::kRebindRun, spec.definition, run_checksum(run, event, spec), run);
  return queries_.answer(true);
}

Result<bool> SqliteEngine::drop_letter(std::int64_t letter, EpochMs) {
  const auto found = find(queries_, letter);
  if (!found) return queries_.answer(false);
  queries_.run(Query::kDropInput, found->job);
  queries_.run(Query::kDropLetter, letter);
  writes_numbers_ = true;
  RunLine run = line_of(found->run);
  --run.letters;
  if (run.ended == 0) {
    queries_.run(Query::kCountRun, run.open, run.failed, run.letters, run.jobs, run.seq);
  } else {
    const RunState state = run.state;
    const EpochMs ended = run.ended;
    end(std::move(run), state, ended);  // it may have been what held the line
  }
  return queries_.answer(true);
}

}  // namespace sojourn
