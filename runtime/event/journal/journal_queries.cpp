#include "runtime/event/journal/journal_queries.h"

#include <algorithm>
#include <iterator>

namespace sojourn {
namespace {

struct Sql {
  Query query;
  std::string_view text;
};

constexpr Sql kSql[] = {
    {Query::kBegin, "BEGIN IMMEDIATE"},
    {Query::kCommit, "COMMIT"},
    {Query::kReadNumbers,
     "SELECT epoch, max(event, coalesce((SELECT max(seq) FROM event), 0)),"
     " max(run, coalesce((SELECT max(seq) FROM run), 0)), max(letter, coalesce((SELECT max(seq) FROM letter), 0)), "
     "named"
     " FROM number"},
    {Query::kWriteNumbers, "UPDATE number SET event = ?, run = ?, letter = ?, named = ?"},
    {Query::kCountJobs,
     "SELECT 0, lane, count(*) FROM job WHERE state = 0 GROUP BY lane UNION ALL"
     " SELECT 1, lane, count(*) FROM job WHERE state = 1 GROUP BY lane"},

    {Query::kInsertEvent,
     "INSERT INTO event(seq, accepted, first_run, run_count, checksum, names, source, id, type, attributes, data, blob)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {Query::kFindName, "SELECT event, until FROM dedupe WHERE name = ?"},
    {Query::kFirstRunOf,
     "SELECT run.id FROM event JOIN run ON run.seq = first_run AND run.event = event.seq WHERE event.seq = ?"},
    {Query::kPutName,
     "INSERT INTO dedupe(name, event, until) VALUES(?, ?, ?) ON CONFLICT(name)"
     " DO UPDATE SET event = excluded.event, until = excluded.until WHERE excluded.event > event"},
    {Query::kNewNames, "SELECT seq, names FROM event WHERE seq > ? ORDER BY seq"},
    {Query::kNamesOf, "SELECT seq, names FROM event WHERE seq = ?"},
    {Query::kInsertRun,
     "INSERT INTO run(seq, event, state, place, began, ended, open, failed, letters, jobs, later,"
     " after_failure, checksum, id, pipeline, key, definition)"
     " VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6, 0, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"},
    {Query::kInsertJob,
     "INSERT INTO job(seq, state, due, attempt, ended, has_input, checksum, step, lane)"
     " VALUES(?, ?, ?, 0, 0, ?, ?, ?, ?)"},
    {Query::kInsertInput,
     "INSERT INTO input(job, checksum, source, id, type, attributes, data, blob) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"},

    {Query::kInLine, "SELECT seq FROM run WHERE pipeline = ? AND key = ? AND place <> 0 LIMIT 1"},
    {Query::kAtCounter, "SELECT seq FROM run WHERE pipeline = ? AND key = ? AND place = 1 AND place <> 0 LIMIT 1"},
    {Query::kNextWaiting,
     "SELECT seq FROM run WHERE pipeline = ? AND key = ? AND place = 2 AND place <> 0 ORDER BY seq LIMIT 1"},
    {Query::kReleaseJobs,
     "UPDATE job SET state = 1 WHERE seq >= ?1 * 1048576 AND seq < (?1 + 1) * 1048576 AND +state = 0 RETURNING lane, "
     "due"},

    {Query::kFindDue,
     "SELECT job.seq, attempt, has_input, job.checksum, step, event, after_failure, run.checksum, id,"
     " pipeline, key, definition, due FROM job LEFT JOIN run ON run.seq = job.seq / 1048576"
     " WHERE job.state = 1 AND lane = ? AND due >= ? AND due <= ? ORDER BY due, job.seq"},
    {Query::kFirstDueAfter, "SELECT due FROM job WHERE state = 1 AND lane = ? AND due > ? ORDER BY due LIMIT 1"},
    {Query::kBringForward, "UPDATE job SET due = due - ?1 WHERE state = 1 AND lane = ?2 AND due > ?3"},
    {Query::kBringHeldForward, "UPDATE job SET due = due - ?1 WHERE state = 0 AND lane = ?2 AND due > ?3"},
    {Query::kLastAccepted, "SELECT accepted FROM event ORDER BY accepted DESC LIMIT 1"},
    {Query::kReadEvent, "SELECT accepted, checksum, source, id, type, attributes, data, blob FROM event WHERE seq = ?"},
    {Query::kReadInput, "SELECT 0, checksum, source, id, type, attributes, data, blob FROM input WHERE job = ?"},
    {Query::kTakeJob, "UPDATE job SET attempt = ? WHERE seq = ?"},

    {Query::kEndJob, "UPDATE job SET state = ?, ended = ? WHERE seq = ?"},
    {Query::kMakeReady, "UPDATE job SET state = 1, due = ?, attempt = ? WHERE seq = ?"},
    {Query::kPutAttempt, "INSERT OR REPLACE INTO attempt(job, number, at, kind, text) VALUES(?, ?, ?, ?, ?)"},
    {Query::kDropInput, "DELETE FROM input WHERE job = ?"},
    {Query::kPutResult,
     "INSERT OR REPLACE INTO result(run, checksum, status, headers, body, blob) VALUES(?, ?, ?, ?, ?, ?)"},
    {Query::kReadLine,

     "SELECT event, state, place, ended, open, failed, letters, jobs, after_failure, pipeline, key FROM run"
     " WHERE seq = ?"},
    {Query::kCountRun, "UPDATE run SET open = ?, failed = ?, letters = ?, jobs = ? WHERE seq = ?"},
    {Query::kWriteRun,
     "UPDATE run SET open = ?, failed = ?, letters = ?, jobs = ?, state = ?, place = ?, ended = ? WHERE seq = ?"},
    {Query::kFindRun, "SELECT seq FROM run WHERE id = ?"},
    {Query::kDropOpenJobs,
     "DELETE FROM job WHERE seq >= ?1 * 1048576 AND seq < (?1 + 1) * 1048576 AND +state < 3 RETURNING seq, lane, "
     "state"},
    {Query::kDropAttempts, "DELETE FROM attempt WHERE job = ?"},

    {Query::kPutLetter, "INSERT INTO letter(seq, job, run, at) VALUES(?, ?, ?, ?)"},
    {Query::kFindLetter,
     "SELECT letter.job, letter.run, lane FROM letter JOIN job ON job.seq = letter.job WHERE letter.seq = ?"},
    {Query::kReviveJob, "UPDATE job SET state = ?, due = ?, attempt = 0, ended = 0 WHERE seq = ?"},
    {Query::kDropLetter, "DELETE FROM letter WHERE seq = ?"},

    {Query::kLookOver,
     "SELECT seq, accepted, EXISTS(SELECT 1 FROM run WHERE run.seq >= first_run AND run.seq < first_run + run_count"
     " AND run.event = event.seq AND (ended = 0 OR letters > 0))"
     " OR EXISTS(SELECT 1 FROM run WHERE run.event = event.seq AND later = 1 AND (ended = 0 OR letters > 0))"
     " FROM event WHERE (accepted, seq) > (?, ?) AND accepted < ? ORDER BY accepted, seq LIMIT ?"},
    {Query::kRunsOfEvent,
     "SELECT run.seq FROM event JOIN run ON run.seq >= first_run AND run.seq < first_run + run_count"
     " AND +run.event = event.seq WHERE event.seq = ?1 UNION ALL SELECT seq FROM run WHERE event = ?1 AND later = 1"},
    {Query::kDropAttemptsOfRun, "DELETE FROM attempt WHERE job >= ?1 * 1048576 AND job < (?1 + 1) * 1048576"},
    {Query::kDropInputsOfRun, "DELETE FROM input WHERE job >= ?1 * 1048576 AND job < (?1 + 1) * 1048576"},
    {Query::kDropJobsOfRun, "DELETE FROM job WHERE seq >= ?1 * 1048576 AND seq < (?1 + 1) * 1048576"},
    {Query::kDropResult, "DELETE FROM result WHERE run = ?"},
    {Query::kDropRun, "DELETE FROM run WHERE seq = ?"},
    {Query::kDropEvent, "DELETE FROM event WHERE seq = ?"},
    {Query::kLookNamesOver, "SELECT name, until FROM dedupe WHERE name > ? ORDER BY name LIMIT ?"},
    {Query::kDropName, "DELETE FROM dedupe WHERE name = ?"},

    {Query::kPutMark, "INSERT OR REPLACE INTO mark(name, value, checksum) VALUES(?, ?, ?)"},
    {Query::kReadMark, "SELECT value, checksum FROM mark WHERE name = ?"},

    {Query::kRebindRun, "UPDATE run SET definition = ?, checksum = ? WHERE seq = ?"},
    {Query::kReadRun,
     "SELECT seq, event, state, began, ended, open, after_failure, checksum, id, pipeline, key, definition"
     " FROM run WHERE id = ?"},
    {Query::kListRuns,
     "SELECT seq, event, state, began, ended, open, after_failure, checksum, id, pipeline, key, definition FROM run"
     " WHERE seq < ?1 AND seq >= ?2 AND (?3 = x'' OR pipeline = ?3) AND (?4 < 0 OR ?4 = CASE WHEN state = 1"
     " AND ?8 <> x'' AND substr(pipeline, 1, length(?8)) = ?8 THEN 0 ELSE state END) AND began >= ?5 AND began < ?6"
     " ORDER BY seq DESC LIMIT ?7"},
    {Query::kListRunsOfEvent,
     "SELECT seq, event, state, began, ended, open, after_failure, checksum, id, pipeline, key, definition FROM run"
     " WHERE seq IN (SELECT r.seq FROM event JOIN run r ON r.seq >= first_run AND r.seq < first_run + run_count"
     " AND +r.event = event.seq WHERE event.seq = ?9 UNION ALL SELECT seq FROM run WHERE event = ?9 AND later = 1)"
     " AND seq < ?1 AND seq >= ?2 AND (?3 = x'' OR pipeline = ?3) AND (?4 < 0 OR ?4 = CASE WHEN"
     " state = 1 AND ?8 <> x'' AND substr(pipeline, 1, length(?8)) = ?8 THEN 0 ELSE state END) AND began >= ?5"
     " AND began < ?6 ORDER BY seq DESC LIMIT ?7"},
    {Query::kReadJobs,
     "SELECT job.seq, step, job.state, due, job.ended, attempt FROM run JOIN job ON"
     " job.seq >= run.seq * 1048576 AND job.seq < (run.seq + 1) * 1048576 WHERE id = ? ORDER BY job.seq"},
    {Query::kReadAttempts, "SELECT number, at, kind, text FROM attempt WHERE job = ? ORDER BY number"},
    {Query::kReadResult,
     "SELECT result.run, result.checksum, status, headers, body, blob FROM run JOIN result ON result.run = run.seq"
     " WHERE id = ?"},
    {Query::kListEvents,
     "SELECT accepted, checksum, source, id, type, attributes, data, blob, seq FROM event WHERE seq < ?1 AND seq >= ?2"
     " AND (?3 = x'' OR type = ?3 OR (?4 = 1 AND substr(type, 1, length(?3)) = ?3)) AND (?5 = x'' OR source = ?5)"
     " AND accepted >= ?6 AND accepted < ?7 ORDER BY seq DESC LIMIT ?8"},
    {Query::kEventBefore, "SELECT seq + 1 FROM event WHERE accepted < ? ORDER BY accepted DESC, seq DESC LIMIT 1"},
    {Query::kRunBefore,
     "SELECT first_run + run_count FROM event WHERE seq < ? AND run_count > 0 ORDER BY seq DESC LIMIT 1"},
    {Query::kEventBelow, "SELECT seq, accepted FROM event WHERE seq < ? ORDER BY seq DESC LIMIT 1"},
    {Query::kRunBelow, "SELECT seq, began FROM run WHERE seq < ? ORDER BY seq DESC LIMIT 1"},
    {Query::kLetterBelow, "SELECT seq, at FROM letter WHERE seq < ? ORDER BY seq DESC LIMIT 1"},
    {Query::kListLetters,
     "SELECT letter.seq, id, pipeline, definition, step, at, attempt, event, letter.job, has_input"
     " FROM letter JOIN job ON job.seq = letter.job LEFT JOIN run ON run.seq = letter.run WHERE letter.seq < ?1"
     " AND letter.seq >= ?2 AND (?3 = x'' OR pipeline = ?3) AND at >= ?4 AND at < ?5 ORDER BY letter.seq DESC LIMIT "
     "?6"},
    {Query::kListLettersOfRun,
     "SELECT letter.seq, id, pipeline, definition, step, at, attempt, event, letter.job, has_input"
     " FROM run JOIN letter ON letter.run = run.seq JOIN job ON job.seq = letter.job WHERE letter.seq < ?1"
     " AND letter.seq >= ?2 AND (?3 = x'' OR pipeline = ?3) AND at >= ?4 AND at < ?5 AND id = ?7"
     " ORDER BY letter.seq DESC LIMIT ?6"},
    {Query::kFirstDue,
     "SELECT due, accepted, job.seq FROM job LEFT JOIN run ON run.seq = job.seq / 1048576"
     " LEFT JOIN event ON event.seq = run.event WHERE job.state = 1 AND lane = ? AND due >= ? ORDER BY due, job.seq"},
    {Query::kAcceptedWhen, "SELECT accepted FROM event WHERE seq = ?"},
    {Query::kCountLetters, "SELECT count(*) FROM letter"},
    {Query::kUsesBlob,
     "SELECT EXISTS(SELECT 1 FROM event WHERE blob = ?1 AND blob <> x'') OR"
     " EXISTS(SELECT 1 FROM input WHERE blob = ?1 AND blob <> x'') OR"
     " EXISTS(SELECT 1 FROM result WHERE blob = ?1 AND blob <> x'')"},
};

constexpr bool in_order() {
  std::size_t index = 0;
  for (const Sql& sql : kSql) {
    if (static_cast<std::size_t>(sql.query) != index++) return false;
  }
  return index == static_cast<std::size_t>(Query::kCount);
}
static_assert(in_order(), "each query has its text, in the order of the enumeration");

}  // namespace

Result<JournalQueries> JournalQueries::prepare(Database& database) {
  JournalQueries queries;
  for (const Sql& sql : kSql) {
    auto statement = database.prepare(sql.text);
    if (!statement) return statement.error();
    queries.statements_.push_back(std::move(*statement));
  }
  return queries;
}

void JournalQueries::reset() {
  for (Statement& statement : statements_) statement.reset();
  (void)settle();
}

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

}  // namespace sojourn
