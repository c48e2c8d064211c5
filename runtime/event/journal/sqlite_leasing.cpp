// Handing out: what is due in a lane, each row proved by its checksum before anybody sees it.
#include <algorithm>
#include <limits>

#include "runtime/event/journal/job_number.h"
#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {

Result<std::vector<LeasedJob>> SqliteEngine::lease(std::string_view lane, EpochMs now, std::size_t most) {
  follow_clock(now);
  std::vector<LeasedJob> leases;
  std::vector<DueJob> due = find_due(lane, now, most);
  if (due.size() < most) check_index(lane, now, due.size());
  for (DueJob& job : due) {
    if (take(job, now)) leases.push_back(std::move(job.lease));
  }
  return queries_.answer(std::move(leases));
}

void SqliteEngine::follow_clock(EpochMs now) {
  const EpochMs back = latest_ - now;
  latest_ = back > kClockSlack ? now : std::max(latest_, now);
  if (back <= kClockSlack) return;
  for (const auto& [lane, counts] : lanes_.counts()) {
    queries_.run(Query::kBringForward, back, lane, now);
    queries_.run(Query::kBringHeldForward, back, lane, now);
    leases_.ready(lane, std::numeric_limits<EpochMs>::min());
    if (const auto first = first_ready(lane)) lanes_.wake(lane, first->first_due);
  }
}

// Rows have checksums, and indexes have none. But how many jobs wait in a lane is counted besides: when more do than
// were found, they are due later, or the index has lost them.
void SqliteEngine::check_index(std::string_view lane, EpochMs now, std::size_t found) {
  if (lanes_.ready_in(lane) == static_cast<std::int64_t>(found)) return;
  if (queries_.number(Query::kFirstDueAfter, lane, now)) return;
  ++damaged_rows_;
  is_index_damaged_ = true;
  queries_.fail(Error(ErrorCode::kInternal, database_.path() +
                                                ": the index of waiting jobs was damaged; it is built again from the "
                                                "rows with the next batch"));
}

std::vector<SqliteEngine::DueJob> SqliteEngine::find_due(std::string_view lane, EpochMs now, std::size_t most) {
  std::vector<DueJob> due;
  EpochMs looked = now;
  const auto add = [&](const Statement& row) {
    if (leases_.find(row.integer(0)) != nullptr) return true;
    if (due.size() == most) return false;
    due.push_back(due_job(row, lane));
    looked = row.integer(12);
    return true;
  };
  queries_.each(Query::kFindDue, add, lane, leases_.look_from(lane), now);
  leases_.looked(lane, due.size() < most ? now : looked);
  return due;
}

// The job of the lane that waits and is the first due, as a view shows it.
std::optional<LaneView> SqliteEngine::first_ready(std::string_view lane) {
  std::optional<LaneView> first;
  const auto look = [&](const Statement& row) {
    if (leases_.find(row.integer(2)) != nullptr) return true;
    first = LaneView{std::string(lane), 0, 0, row.integer(0), row.integer(1)};
    return false;
  };
  queries_.each(Query::kFirstDue, look, lane, leases_.look_from(lane));
  return first;
}

SqliteEngine::DueJob SqliteEngine::due_job(const Statement& row, std::string_view lane) {
  DueJob due;
  LeasedJob& lease = due.lease;
  RunSpec run;
  lease.job = row.integer(0);
  lease.attempt = static_cast<int>(row.integer(1)) + 1;
  due.has_input = row.integer(2) != 0;
  lease.step = row.bytes(4);
  lease.lane = lane;
  lease.event_number = row.integer(5);
  run.after_failure = static_cast<AfterFailure>(row.integer(6));
  run.id = row.bytes(8);
  run.pipeline = row.bytes(9);
  run.key = row.bytes(10);
  run.definition = row.bytes(11);
  due.is_whole = job_checksum(lease.job, lease.step) == row.integer(3) &&
                 run_checksum(run_of_job(lease.job), lease.event_number, run) == row.integer(7);
  lease.run = std::move(run.id);
  lease.pipeline = std::move(run.pipeline);
  lease.key = std::move(run.key);
  lease.definition = std::move(run.definition);
  return due;
}

// False: it was damaged, and is buried.
bool SqliteEngine::take(DueJob& due, EpochMs now) {
  LeasedJob& lease = due.lease;
  if (due.is_whole) {
    RecordRow input =
        due.has_input ? record_of(Query::kReadInput, lease.job) : record_of(Query::kReadEvent, lease.event_number);
    if (queries_.failed()) return false;
    due.is_whole = input.is_whole;
    lease.input = std::move(input.record);
  }
  if (!due.is_whole) {
    ++damaged_rows_;
    moved(lease.lane, JobState::kReady, JobState::kLeased);
    const AttemptError damaged{"invalid",
                               "what the journal holds of it does not fit its checksum: the file was damaged, and the "
                               "event cannot be trusted"};
    const OpenJob job{lease.job, lease.attempt, due.has_input, lease.lane, line_of(run_of_job(lease.job))};
    make_dead(job, damaged, Grave::kLetter, {}, now);
    return false;
  }
  lease.token = ++last_token_;
  queries_.run(Query::kTakeJob, lease.attempt, lease.job);
  leases_.take(lease.job, {lease.token, lease.attempt, due.has_input, lease.lane, lease.event_number});
  moved(lease.lane, JobState::kReady, JobState::kLeased);
  return true;
}

SqliteEngine::RecordRow SqliteEngine::read_record(const Statement& row, std::int64_t number) {
  RecordRow read;
  read.accepted = row.integer(0);
  read.record = {std::string(row.bytes(2)), std::string(row.bytes(3)), std::string(row.bytes(4)),
                 std::string(row.bytes(5)), std::string(row.bytes(6)), digest_of(row.bytes(7))};
  read.is_whole = record_checksum(number, read.record) == row.integer(1);
  return read;
}

SqliteEngine::RecordRow SqliteEngine::record_of(Query query, std::int64_t number) {
  RecordRow read;
  queries_.each(
      query, [&](const Statement& row) { read = read_record(row, number); }, number);
  return read;
}

std::optional<SqliteEngine::OpenJob> SqliteEngine::end_lease(std::int64_t job, std::int64_t token) {
  const LeaseBook::Lease* const lease = leases_.find(job);
  if (lease == nullptr || lease->token != token) return std::nullopt;
  OpenJob open{job, lease->attempt, lease->has_input, lease->lane, line_of(run_of_job(job))};
  leases_.end(job);
  return open;
}

void SqliteEngine::moved(std::string_view lane, std::optional<JobState> from, std::optional<JobState> to, EpochMs due) {
  lanes_.moved(lane, from, to, due);
  if (to == JobState::kReady) leases_.ready(lane, due);
}

}  // namespace sojourn
