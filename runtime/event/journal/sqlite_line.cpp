// The line of runs that have one key: who is at the counter, who waits, who comes next.
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {

SqliteEngine::RunLine SqliteEngine::line_of(std::int64_t run) {
  RunLine line;
  line.seq = run;
  queries_.each(
      Query::kReadLine,
      [&](const Statement& row) {
        line = RunLine{run,
                       row.integer(0),
                       static_cast<RunState>(row.integer(1)),
                       static_cast<Place>(row.integer(2)),
                       row.integer(3),
                       row.integer(4),
                       row.integer(5),
                       row.integer(6),
                       row.integer(7),
                       static_cast<AfterFailure>(row.integer(8)),
                       std::string(row.bytes(9)),
                       std::string(row.bytes(10))};
      },
      run);
  return line;
}

void SqliteEngine::write(const RunLine& run) {
  queries_.run(Query::kWriteRun, run.open, run.failed, run.letters, run.jobs, run.state, run.place, run.ended, run.seq);
}

std::optional<std::int64_t> SqliteEngine::in_line(Query query, std::string_view pipeline, std::string_view key) {
  return queries_.number(query, pipeline, key);
}

// It leaves the line, unless its letters hold it there.
void SqliteEngine::end(RunLine run, RunState state, EpochMs now) {
  const Place before = run.place;
  const bool stays = run.after_failure == AfterFailure::kHold && run.letters > 0;
  run.state = state;
  run.ended = now;
  run.open = 0;
  if (run.place != Place::kInNoLine) run.place = stays ? Place::kAtCounter : Place::kInNoLine;
  write(run);
  if (before != Place::kInNoLine && run.place == Place::kInNoLine) call_next(run);
}

// The first who waits comes to the counter, when nobody is there.
void SqliteEngine::call_next(const RunLine& left) {
  if (in_line(Query::kAtCounter, left.pipeline, left.key)) return;
  const auto next = in_line(Query::kNextWaiting, left.pipeline, left.key);
  if (!next) return;
  RunLine line = line_of(*next);
  line.place = Place::kAtCounter;
  line.state = RunState::kActive;
  write(line);
  queries_.each(
      Query::kReleaseJobs,
      [&](const Statement& row) { moved(row.bytes(0), JobState::kHeld, JobState::kReady, row.integer(1)); }, *next);
}

}  // namespace sojourn
