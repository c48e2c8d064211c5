#include "runtime/event/journal/sqlite_tables.h"

#include <cstring>

#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

constexpr std::int64_t kSchema = 1;

constexpr char kTables[] = R"(
CREATE TABLE event(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, source BLOB NOT NULL, id BLOB NOT NULL, type BLOB NOT NULL,
  attributes BLOB NOT NULL, data BLOB NOT NULL, blob BLOB NOT NULL, accepted INTEGER NOT NULL, checksum INTEGER NOT NULL);
CREATE INDEX event_accepted ON event(accepted);
CREATE TABLE dedupe(
  name BLOB PRIMARY KEY, event INTEGER NOT NULL, run BLOB NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX dedupe_until ON dedupe(until);
CREATE TABLE run(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, event INTEGER NOT NULL, pipeline BLOB NOT NULL,
  definition BLOB NOT NULL, key BLOB NOT NULL, state INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL,
  open INTEGER NOT NULL, failed INTEGER NOT NULL);
CREATE INDEX run_event ON run(event);
CREATE INDEX run_order ON run(pipeline, key, seq) WHERE ended = 0 AND key <> x'';
CREATE TABLE job(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, step BLOB NOT NULL, input BLOB NOT NULL,
  state INTEGER NOT NULL, due INTEGER NOT NULL, attempt INTEGER NOT NULL, epoch INTEGER NOT NULL, token INTEGER NOT NULL,
  checksum INTEGER NOT NULL);
CREATE INDEX job_due ON job(due, seq) WHERE state = 1;
CREATE INDEX job_leased ON job(epoch) WHERE state = 2;
CREATE INDEX job_run ON job(run);
CREATE TABLE attempt(
  job INTEGER NOT NULL, number INTEGER NOT NULL, kind BLOB NOT NULL, text BLOB NOT NULL, PRIMARY KEY(job, number))
  WITHOUT ROWID;
CREATE TABLE letter(seq INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL UNIQUE, at INTEGER NOT NULL);
CREATE TABLE epoch(n INTEGER NOT NULL);
INSERT INTO epoch VALUES(0);
)";

}  // namespace

Status lay_out_journal(Database& database) {
  return database.lay_out(kSchema, kTables, "start that one");
}

std::int64_t row_checksum(std::initializer_list<std::string_view> texts) {
  Sha256 hash;
  for (const std::string_view text : texts) {
    const std::uint64_t size = text.size();
    hash.add({reinterpret_cast<const char*>(&size), sizeof size});
    hash.add(text);
  }
  const Digest digest = hash.finish();
  std::int64_t first = 0;
  std::memcpy(&first, digest.bytes.data(), sizeof first);
  return first;
}

}  // namespace sojourn
