// How jobs and runs end.
#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {

Result<bool> SqliteEngine::complete(std::int64_t job, std::int64_t token, const Completion& completion, EpochMs now) {
  auto open = end_lease(job, token);
  if (!open) return queries_.answer(false);
  if (open->has_input) queries_.run(Query::kDropInput, job);
  queries_.run(Query::kEndJob, JobState::kDone, now, job);
  moved(open->lane, JobState::kLeased, JobState::kDone);
  for (const JobSpec& next : completion.next) {
    insert_job(open->run.seq, open->run.jobs++, next, JobState::kReady);
  }
  for (const RunSpec& run : completion.runs) start(run, open->run.event, Begun::kLater, now);
  for (const Acceptance& emitted : completion.emitted) take_in(emitted, now);
  if (completion.result) put_result(open->run.seq, *completion.result);
  count(open->run, static_cast<std::int64_t>(completion.next.size()) - 1, now);
  return queries_.answer(true);
}

Result<bool> SqliteEngine::retry(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs due,
                                 EpochMs now) {
  const auto open = end_lease(job, token);
  if (!open) return queries_.answer(false);
  queries_.run(Query::kPutAttempt, job, open->attempt, now, error.kind, error.text);
  queries_.run(Query::kMakeReady, due, open->attempt, job);
  moved(open->lane, JobState::kLeased, JobState::kReady, due);
  return queries_.answer(true);
}

Result<bool> SqliteEngine::give_back(std::int64_t job, std::int64_t token, EpochMs due) {
  const auto open = end_lease(job, token);
  if (!open) return queries_.answer(false);
  queries_.run(Query::kMakeReady, due, open->attempt - 1, job);
  moved(open->lane, JobState::kLeased, JobState::kReady, due);
  return queries_.answer(true);
}

Result<bool> SqliteEngine::bury(std::int64_t job, std::int64_t token, const AttemptError& error, const Aftermath& after,
                                EpochMs now) {
  const auto open = end_lease(job, token);
  if (!open) return queries_.answer(false);
  make_dead(*open, error, Grave::kLetter, after, now);
  return queries_.answer(true);
}

Result<bool> SqliteEngine::fail(std::int64_t job, std::int64_t token, const AttemptError& error, const Aftermath& after,
                                EpochMs now) {
  const auto open = end_lease(job, token);
  if (!open) return queries_.answer(false);
  make_dead(*open, error, Grave::kNone, after, now);
  return queries_.answer(true);
}

void SqliteEngine::make_dead(const OpenJob& job, const AttemptError& error, Grave grave, const Aftermath& after,
                             EpochMs now) {
  queries_.run(Query::kPutAttempt, job.seq, job.attempt, now, error.kind, error.text);
  queries_.run(Query::kEndJob, JobState::kDead, now, job.seq);
  moved(job.lane, JobState::kLeased, JobState::kDead);
  RunLine run = job.run;
  ++run.failed;
  if (grave == Grave::kLetter) {
    ++run.letters;
    queries_.run(Query::kPutLetter, ++numbers_.letter, job.seq, run.seq, now);
  } else if (job.has_input) {
    queries_.run(Query::kDropInput, job.seq);
  }
  if (after.result) put_result(run.seq, *after.result);
  for (const JobSpec& next : after.next) insert_job(run.seq, run.jobs++, next, JobState::kReady);
  count(std::move(run), static_cast<std::int64_t>(after.next.size()) - 1, now);
}

void SqliteEngine::put_result(std::int64_t run, const RunResult& result) {
  queries_.run(Query::kPutResult, run, result_checksum(run, result), result.status, result.headers, result.body,
               bytes_of(result.blob));
}

// `opened` more jobs are open than before; a run without one has ended.
void SqliteEngine::count(RunLine run, std::int64_t opened, EpochMs now) {
  run.open += opened;
  if (run.open <= 0) {
    const RunState state = run.failed > 0 ? RunState::kFailed : RunState::kDone;
    return end(std::move(run), state, now);
  }
  queries_.run(Query::kCountRun, run.open, run.failed, run.letters, run.jobs, run.seq);
}

Result<bool> SqliteEngine::cancel(std::string_view id, EpochMs now) {
  const auto found = queries_.number(Query::kFindRun, id);
  if (!found) return queries_.answer(false);
  RunLine run = line_of(*found);
  if (run.ended != 0) return queries_.answer(false);
  std::vector<std::int64_t> dropped;
  queries_.each(
      Query::kDropOpenJobs,
      [&](const Statement& row) {
        const std::int64_t job = row.integer(0);
        const auto state = leases_.find(job) != nullptr ? JobState::kLeased : static_cast<JobState>(row.integer(2));
        dropped.push_back(job);
        leases_.end(job);
        moved(row.bytes(1), state, std::nullopt);
      },
      run.seq);
  for (const std::int64_t job : dropped) {
    queries_.run(Query::kDropAttempts, job);
    queries_.run(Query::kDropInput, job);
  }
  end(std::move(run), RunState::kCancelled, now);
  return queries_.answer(true);
}

}  // namespace sojourn
