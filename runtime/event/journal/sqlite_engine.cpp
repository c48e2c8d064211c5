#include "runtime/event/journal/sqlite_engine.h"

#include <iterator>
#include <type_traits>
#include <utility>

namespace sojourn {

enum SqliteEngine::Query : std::size_t {
  kInsertEvent,
  kReadEvent,
  kFindDuplicate,
  kPutDedupe,
  kInsertRun,
  kFindOpenRun,
  kInsertJob,
  kFindDue,
  kTakeJob,
  kFindLeased,
  kDropAttempts,
  kDropJob,
  kPutAttempt,
  kMakeReady,
  kMakeDead,
  kPutLetter,
  kCountOpen,
  kEndRun,
  kNextInOrder,
  kActivateRun,
  kReleaseJobs,
  kFindRunToCancel,
  kDropAttemptsOfRun,
  kDropJobsOfRun,
  kFindLetter,
  kReopenRun,
  kReviveJob,
  kDropLetter,
  kFindForgettable,
  kDropRunsOfEvent,
  kDropEvent,
  kDropDedupe,
  kReadRun,
  kReadLetters,
  kNextDue,
  kOpenJobs,
  kQueries,
};

namespace {

// In the order of the enumeration.
constexpr std::string_view kSql[] = {
    "INSERT INTO event(source, id, type, attributes, data, blob, accepted, checksum) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
    " RETURNING seq",
    "SELECT source, id, type, attributes, data, blob, checksum FROM event WHERE seq = ?",
    "SELECT event, run FROM dedupe WHERE name = ? AND until > ?",
    "INSERT OR REPLACE INTO dedupe VALUES(?, ?, ?, ?)",
    "INSERT INTO run(id, event, pipeline, definition, key, state, began, ended, open, failed)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, 0, ?, 0) RETURNING seq",
    "SELECT seq FROM run WHERE pipeline = ? AND key = ? AND ended = 0 AND key <> x'' LIMIT 1",
    "INSERT INTO job(run, step, input, state, due, attempt, epoch, token, checksum) VALUES(?, ?, ?, ?, ?, 0, 0, 0, ?)",
    "SELECT job.seq, attempt, step, input, checksum, run.seq, id, pipeline, definition, key, event"
    " FROM job JOIN run ON run.seq = job.run WHERE job.state = 1 AND due <= ? ORDER BY due, job.seq LIMIT ?",
    "UPDATE job SET state = 2, attempt = ?, epoch = ?, token = ? WHERE seq = ?",
    "SELECT run, attempt FROM job WHERE seq = ? AND state = 2 AND token = ?",
    "DELETE FROM attempt WHERE job = ?",
    "DELETE FROM job WHERE seq = ?",
    "INSERT OR REPLACE INTO attempt VALUES(?, ?, ?, ?)",
    "UPDATE job SET state = 1, due = ?, attempt = ?, token = 0 WHERE seq = ?",
    "UPDATE job SET state = 3, token = 0 WHERE seq = ?",
    "INSERT INTO letter(job, at) VALUES(?, ?)",
    "UPDATE run SET open = open + ?, failed = failed + ? WHERE seq = ? RETURNING open, failed",
    "UPDATE run SET state = ?, ended = ?, open = 0 WHERE seq = ? RETURNING pipeline, key",
    "SELECT seq, state FROM run WHERE pipeline = ? AND key = ? AND ended = 0 AND key <> x'' ORDER BY seq LIMIT 1",
    "UPDATE run SET state = ? WHERE seq = ?",
    "UPDATE job SET state = 1 WHERE run = ? AND state = 0",
    "SELECT seq FROM run WHERE id = ? AND ended = 0",
    "DELETE FROM attempt WHERE job IN (SELECT seq FROM job WHERE run = ? AND state <> 3)",
    "DELETE FROM job WHERE run = ? AND state <> 3",
    "SELECT job.seq, run.seq, pipeline, key, run.ended, run.state FROM letter JOIN job ON job.seq = letter.job"
    " JOIN run ON run.seq = job.run WHERE letter.seq = ?",
    "UPDATE run SET state = ?, ended = 0, open = open + 1, failed = failed - 1 WHERE seq = ?",
    "UPDATE job SET state = ?, due = ?, attempt = 0 WHERE seq = ?",
    "DELETE FROM letter WHERE seq = ?",
    "SELECT seq FROM event WHERE accepted < ? AND NOT EXISTS(SELECT 1 FROM run WHERE run.event = event.seq AND"
    " (run.ended = 0 OR EXISTS(SELECT 1 FROM job WHERE job.run = run.seq))) ORDER BY accepted LIMIT ?",
    "DELETE FROM run WHERE event = ?",
    "DELETE FROM event WHERE seq = ?",
    "DELETE FROM dedupe WHERE until <= ?",
    "SELECT id, pipeline, definition, key, event, state, began, ended, open FROM run WHERE id = ?",
    "SELECT letter.seq, run.id, pipeline, step, input, at, attempt, event, job.seq,"
    " (SELECT kind FROM attempt WHERE attempt.job = job.seq ORDER BY number DESC LIMIT 1),"
    " (SELECT text FROM attempt WHERE attempt.job = job.seq ORDER BY number DESC LIMIT 1)"
    " FROM letter JOIN job ON job.seq = letter.job JOIN run ON run.seq = job.run"
    " WHERE letter.seq > ? ORDER BY letter.seq LIMIT ?",
    "SELECT min(due) FROM job WHERE state = 1",
    "SELECT count(*) FROM job WHERE state <> 3",
};

std::string_view bytes_of(const std::optional<Digest>& digest) {
  if (!digest) return {};
  return {reinterpret_cast<const char*>(digest->bytes.data()), digest->bytes.size()};
}

std::optional<Digest> digest_of(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  return digest;
}

std::int64_t checksum(const EventRecord& event) {
  return row_checksum({event.source, event.id, event.type, event.attributes, event.data, bytes_of(event.blob)});
}

}  // namespace

// --- opening --------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<SqliteEngine>> SqliteEngine::open(const std::string& path, Durability durability) {
  auto database = Database::open(path, durability);
  if (!database) return database.error();
  if (Status laid_out = lay_out_journal(*database); !laid_out) return laid_out.error();
  std::unique_ptr<SqliteEngine> engine(new SqliteEngine(std::move(*database)));
  if (Status prepared = engine->prepare_all(); !prepared) return prepared.error();
  if (Status begun = engine->begin_epoch(); !begun) return begun.error();
  return engine;
}

Status SqliteEngine::prepare_all() {
  static_assert(std::size(kSql) == kQueries);
  for (const std::string_view sql : kSql) {
    auto statement = database_.prepare(sql);
    if (!statement) return statement.error();
    statements_.push_back(std::move(*statement));
  }
  return {};
}

// What an earlier epoch had leased nobody works on any more.
Status SqliteEngine::begin_epoch() {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (Status counted = database_.run("UPDATE epoch SET n = n + 1"); !counted) return counted;
  if (Status freed = database_.run("UPDATE job SET state = 1, token = 0 WHERE state = 2"); !freed) return freed;
  auto read = database_.prepare("SELECT n FROM epoch");
  if (!read) return read.error();
  const auto epoch = number_of(*read);
  if (!epoch) return epoch.error();
  epoch_ = epoch->value_or(1);
  last_token_ = epoch_ << 32;
  return transaction->commit();
}

template <class... Values>
Statement& SqliteEngine::with(Query query, const Values&... values) {
  Statement& statement = statements_[query];
  [[maybe_unused]] int index = 0;
  [[maybe_unused]] const auto bind = [&](const auto& value) {
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_enum_v<Value> || std::is_integral_v<Value>) {
      statement.bind(++index, static_cast<std::int64_t>(value));
    } else {
      statement.bind(++index, std::string_view(value));
    }
  };
  (bind(values), ...);
  return statement;
}

Result<std::optional<std::int64_t>> SqliteEngine::number_of(Statement& query) {
  auto row = query.step();
  if (!row) return row.error();
  if (!*row || query.is_null(0)) {
    query.reset();
    return std::optional<std::int64_t>();
  }
  const std::int64_t number = query.integer(0);
  query.reset();
  return std::optional(number);
}

Status SqliteEngine::begin() {
  return database_.run("BEGIN IMMEDIATE");
}

Status SqliteEngine::commit() {
  return database_.run("COMMIT");
}

void SqliteEngine::rollback() {
  for (Statement& statement : statements_) statement.reset();
  (void)database_.run("ROLLBACK");
}

// --- accepting ------------------------------------------------------------------------------------------------------

Result<Accepted> SqliteEngine::accept(const Acceptance& acceptance, EpochMs now) {
  for (const DedupeKey& key : acceptance.dedupe) {
    Statement& find = with(kFindDuplicate, key.name, now);
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) continue;
    Accepted first{find.integer(0), true, std::string(find.bytes(1))};
    find.reset();
    return first;
  }
  auto event = insert_event(acceptance.event, now);
  if (!event) return event.error();
  Accepted accepted{*event, false, acceptance.runs.empty() ? std::string() : acceptance.runs.front().id};
  for (const DedupeKey& key : acceptance.dedupe) {
    if (Status put = with(kPutDedupe, key.name, *event, accepted.run, key.until).run(); !put) return put.error();
  }
  for (const RunSpec& run : acceptance.runs) {
    if (Status begun = begin_run(run, *event, now); !begun) return begun.error();
  }
  return accepted;
}

Result<std::int64_t> SqliteEngine::insert_event(const EventRecord& event, EpochMs now) {
  auto number = number_of(with(kInsertEvent, event.source, event.id, event.type, event.attributes, event.data,
                               bytes_of(event.blob), now, checksum(event)));
  if (!number) return number.error();
  return number->value_or(0);
}

Status SqliteEngine::begin_run(const RunSpec& spec, std::int64_t event, EpochMs now) {
  auto behind = has_open_run(spec.pipeline, spec.key);
  if (!behind) return behind.error();
  const RunState state = *behind ? RunState::kHeld : RunState::kActive;
  auto run = number_of(
      with(kInsertRun, spec.id, event, spec.pipeline, spec.definition, spec.key, state, now, spec.jobs.size()));
  if (!run) return run.error();
  for (const JobSpec& job : spec.jobs) {
    const StoredJob begins = *behind ? StoredJob::kHeld : StoredJob::kReady;
    if (Status inserted = insert_job(run->value_or(0), job, begins); !inserted) return inserted;
  }
  return spec.jobs.empty() ? end_run(run->value_or(0), RunState::kDone, now) : Status();
}

Result<bool> SqliteEngine::has_open_run(std::string_view pipeline, std::string_view key) {
  if (key.empty()) return false;
  auto found = number_of(with(kFindOpenRun, pipeline, key));
  if (!found) return found.error();
  return found->has_value();
}

Status SqliteEngine::insert_job(std::int64_t run, const JobSpec& spec, StoredJob state) {
  return with(kInsertJob, run, spec.step, spec.input, state, spec.due, row_checksum({spec.step, spec.input})).run();
}

// --- leasing --------------------------------------------------------------------------------------------------------

Result<std::vector<LeasedJob>> SqliteEngine::lease(EpochMs now, std::size_t most) {
  auto due = find_due(now, most);
  if (!due) return due.error();
  std::vector<LeasedJob> leases;
  for (DueJob& job : *due) {
    auto taken = take(job, now);
    if (!taken) return taken.error();
    if (*taken) leases.push_back(std::move(job.lease));
  }
  return leases;
}

Result<std::vector<SqliteEngine::DueJob>> SqliteEngine::find_due(EpochMs now, std::size_t most) {
  std::vector<DueJob> due;
  Statement& find = with(kFindDue, now, most);
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return due;
    DueJob job;
    job.lease.job = find.integer(0);
    job.lease.attempt = static_cast<int>(find.integer(1)) + 1;
    job.lease.step = find.bytes(2);
    job.lease.input = find.bytes(3);
    job.checksum = find.integer(4);
    job.run_row = find.integer(5);
    job.lease.run = find.bytes(6);
    job.lease.pipeline = find.bytes(7);
    job.lease.definition = find.bytes(8);
    job.lease.key = find.bytes(9);
    job.lease.event_number = find.integer(10);
    due.push_back(std::move(job));
  }
}

// False: it was damaged, and is buried.
Result<bool> SqliteEngine::take(DueJob& due, EpochMs now) {
  LeasedJob& lease = due.lease;
  auto whole = read_event(lease.event_number, lease.event);
  if (!whole) return whole.error();
  if (!*whole || row_checksum({lease.step, lease.input}) != due.checksum) {
    const AttemptError damaged{"invalid",
                               "what the journal holds of it does not fit its checksum: the file was "
                               "damaged, and the event cannot be trusted"};
    if (Status dead = make_dead(lease.job, due.run_row, lease.attempt, damaged, now); !dead) return dead.error();
    return false;
  }
  lease.token = ++last_token_;
  if (Status taken = with(kTakeJob, lease.attempt, epoch_, lease.token, lease.job).run(); !taken) return taken.error();
  return true;
}

Result<std::optional<SqliteEngine::OpenJob>> SqliteEngine::leased(std::int64_t job, std::int64_t token) {
  Statement& find = with(kFindLeased, job, token);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<OpenJob>();
  const OpenJob open{find.integer(0), static_cast<int>(find.integer(1))};
  find.reset();
  return std::optional(open);
}

Result<bool> SqliteEngine::read_event(std::int64_t number, EventRecord& event) {
  Statement& read = with(kReadEvent, number);
  auto row = read.step();
  if (!row) return row.error();
  if (!*row) return false;
  event = {std::string(read.bytes(0)), std::string(read.bytes(1)), std::string(read.bytes(2)),
           std::string(read.bytes(3)), std::string(read.bytes(4)), digest_of(read.bytes(5))};
  const std::int64_t stored = read.integer(6);
  read.reset();
  return stored == checksum(event);
}

// --- ends of jobs and runs ------------------------------------------------------------------------------------------

Result<bool> SqliteEngine::complete(std::int64_t job, std::int64_t token, const Completion& completion, EpochMs now) {
  auto open = leased(job, token);
  if (!open) return open.error();
  if (!*open) return false;
  if (Status dropped = with(kDropAttempts, job).run(); !dropped) return dropped.error();
  if (Status dropped = with(kDropJob, job).run(); !dropped) return dropped.error();
  for (const JobSpec& next : completion.next) {
    if (Status inserted = insert_job((*open)->run, next, StoredJob::kReady); !inserted) return inserted.error();
  }
  for (const Acceptance& emitted : completion.emitted) {
    if (auto accepted = accept(emitted, now); !accepted) return accepted.error();
  }
  const int followers = static_cast<int>(completion.next.size());
  if (Status ended = end_job((*open)->run, followers, Outcome::kDone, now); !ended) return ended.error();
  return true;
}

Result<bool> SqliteEngine::retry(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs due) {
  auto open = leased(job, token);
  if (!open) return open.error();
  if (!*open) return false;
  const int attempt = (*open)->attempt;
  if (Status put = with(kPutAttempt, job, attempt, error.kind, error.text).run(); !put) return put.error();
  if (Status ready = with(kMakeReady, due, attempt, job).run(); !ready) return ready.error();
  return true;
}

Result<bool> SqliteEngine::give_back(std::int64_t job, std::int64_t token) {
  auto open = leased(job, token);
  if (!open) return open.error();
  if (!*open) return false;
  if (Status ready = with(kMakeReady, 0, (*open)->attempt - 1, job).run(); !ready) return ready.error();
  return true;
}

Result<bool> SqliteEngine::bury(std::int64_t job, std::int64_t token, const AttemptError& error, EpochMs now) {
  auto open = leased(job, token);
  if (!open) return open.error();
  if (!*open) return false;
  if (Status dead = make_dead(job, (*open)->run, (*open)->attempt, error, now); !dead) return dead.error();
  return true;
}

Status SqliteEngine::make_dead(std::int64_t job, std::int64_t run, int attempt, const AttemptError& error,
                               EpochMs now) {
  if (Status put = with(kPutAttempt, job, attempt, error.kind, error.text).run(); !put) return put;
  if (Status dead = with(kMakeDead, job).run(); !dead) return dead;
  if (Status put = with(kPutLetter, job, now).run(); !put) return put;
  return end_job(run, 0, Outcome::kDead, now);
}

Status SqliteEngine::end_job(std::int64_t run, int followers, Outcome outcome, EpochMs now) {
  Statement& count = with(kCountOpen, followers - 1, outcome == Outcome::kDead ? 1 : 0, run);
  auto row = count.step();
  if (!row) return row.error();
  const std::int64_t open = *row ? count.integer(0) : 0;
  const std::int64_t failed = *row ? count.integer(1) : 0;
  count.reset();
  if (open > 0) return {};
  return end_run(run, failed > 0 ? RunState::kFailed : RunState::kDone, now);
}

// The next run of the same key begins.
Status SqliteEngine::end_run(std::int64_t run, RunState state, EpochMs now) {
  Statement& end = with(kEndRun, state, now, run);
  auto row = end.step();
  if (!row) return row.error();
  const std::string pipeline(end.bytes(0));
  const std::string key(end.bytes(1));
  end.reset();
  if (key.empty()) return {};
  auto next = number_of(with(kNextInOrder, pipeline, key));
  if (!next) return next.error();
  if (!*next) return {};
  if (Status active = with(kActivateRun, RunState::kActive, **next).run(); !active) return active;
  return with(kReleaseJobs, **next).run();
}

Result<bool> SqliteEngine::cancel(std::string_view run, EpochMs now) {
  auto found = number_of(with(kFindRunToCancel, run));
  if (!found) return found.error();
  if (!*found) return false;
  if (Status dropped = with(kDropAttemptsOfRun, **found).run(); !dropped) return dropped.error();
  if (Status dropped = with(kDropJobsOfRun, **found).run(); !dropped) return dropped.error();
  if (Status ended = end_run(**found, RunState::kCancelled, now); !ended) return ended.error();
  return true;
}

// --- dead letters ---------------------------------------------------------------------------------------------------

Result<bool> SqliteEngine::redrive(std::int64_t letter, EpochMs now) {
  Statement& find = with(kFindLetter, letter);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return false;
  const std::int64_t job = find.integer(0);
  const std::int64_t run = find.integer(1);
  const std::string pipeline(find.bytes(2));
  const std::string key(find.bytes(3));
  const bool is_over = find.integer(4) != 0;
  const bool waits = static_cast<RunState>(find.integer(5)) == RunState::kHeld;
  find.reset();
  auto behind = has_open_run(pipeline, key);
  if (!behind) return behind.error();
  const bool is_held = waits || (is_over && *behind);
  const RunState state = is_held ? RunState::kHeld : RunState::kActive;
  const StoredJob begins = is_held ? StoredJob::kHeld : StoredJob::kReady;
  if (Status reopened = with(kReopenRun, state, run).run(); !reopened) return reopened.error();
  if (Status revived = with(kReviveJob, begins, now, job).run(); !revived) return revived.error();
  if (Status dropped = with(kDropLetter, letter).run(); !dropped) return dropped.error();
  return true;
}

Result<bool> SqliteEngine::drop_letter(std::int64_t letter) {
  auto job = number_of(with(kFindLetter, letter));
  if (!job) return job.error();
  if (!*job) return false;
  for (const auto& [query, row] : {std::pair(kDropAttempts, **job), {kDropJob, **job}, {kDropLetter, letter}}) {
    if (Status dropped = with(query, row).run(); !dropped) return dropped.error();
  }
  return true;
}

Result<std::vector<DeadLetter>> SqliteEngine::letters(std::int64_t after, std::size_t most) {
  std::vector<DeadLetter> letters;
  Statement& read = with(kReadLetters, after, most);
  for (;;) {
    auto row = read.step();
    if (!row) return row.error();
    if (!*row) break;
    DeadLetter letter;
    letter.number = read.integer(0);
    letter.run = read.bytes(1);
    letter.pipeline = read.bytes(2);
    letter.step = read.bytes(3);
    letter.input = read.bytes(4);
    letter.at = read.integer(5);
    letter.attempts = static_cast<int>(read.integer(6));
    const std::int64_t event = read.integer(7);
    letter.error = {std::string(read.bytes(9)), std::string(read.bytes(10))};
    // A damaged event is shown as it is: its letter says that it is damaged.
    if (auto whole = read_event(event, letter.event); !whole) return whole.error();
    letters.push_back(std::move(letter));
  }
  return letters;
}

// --- looking, and forgetting ----------------------------------------------------------------------------------------

Result<std::size_t> SqliteEngine::forget(EpochMs before, EpochMs now, std::size_t most) {
  if (Status dropped = with(kDropDedupe, now).run(); !dropped) return dropped.error();
  std::vector<std::int64_t> events;
  Statement& find = with(kFindForgettable, before, most);
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) break;
    events.push_back(find.integer(0));
  }
  for (const std::int64_t event : events) {
    if (Status dropped = with(kDropRunsOfEvent, event).run(); !dropped) return dropped.error();
    if (Status dropped = with(kDropEvent, event).run(); !dropped) return dropped.error();
  }
  return events.size();
}

Result<std::optional<RunView>> SqliteEngine::run(std::string_view id) {
  Statement& read = with(kReadRun, id);
  auto row = read.step();
  if (!row) return row.error();
  if (!*row) return std::optional<RunView>();
  RunView view{std::string(read.bytes(0)),
               std::string(read.bytes(1)),
               std::string(read.bytes(2)),
               std::string(read.bytes(3)),
               read.integer(4),
               static_cast<RunState>(read.integer(5)),
               read.integer(6),
               read.integer(7),
               static_cast<int>(read.integer(8))};
  read.reset();
  return std::optional(std::move(view));
}

Result<std::optional<EpochMs>> SqliteEngine::next_due() {
  return number_of(with(kNextDue));
}

Result<std::size_t> SqliteEngine::open_jobs() {
  auto count = number_of(with(kOpenJobs));
  if (!count) return count.error();
  return static_cast<std::size_t>(count->value_or(0));
}

}  // namespace sojourn
