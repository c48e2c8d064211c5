#include "runtime/event/journal/sqlite_tables.h"

#include <bit>
#include <cstring>

namespace sojourn {
namespace {

// Odd numbers with as many ones as zeros, in no pattern; another one is another schema.
constexpr std::uint64_t kFirstSecret = 0x9C63'D1B2'5A74'E98Bu;
constexpr std::uint64_t kSecondSecret = 0xD1A6'3C95'4B2E'78E5u;

// Short members stand before long ones, so that reading them does not walk the pages that data overflows into.
constexpr char kTables[] = R"(
CREATE TABLE event(
  seq INTEGER PRIMARY KEY, accepted INTEGER NOT NULL, first_run INTEGER NOT NULL, run_count INTEGER NOT NULL,
  checksum INTEGER NOT NULL, names BLOB NOT NULL, source BLOB NOT NULL, id BLOB NOT NULL, type BLOB NOT NULL, attributes BLOB NOT NULL, data BLOB NOT NULL, blob BLOB NOT NULL);
CREATE INDEX event_accepted ON event(accepted);
CREATE INDEX event_blob ON event(blob) WHERE blob <> x'';
CREATE TABLE dedupe(
  name BLOB PRIMARY KEY, event INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE run(
  seq INTEGER PRIMARY KEY, event INTEGER NOT NULL, state INTEGER NOT NULL, place INTEGER NOT NULL,
  began INTEGER NOT NULL, ended INTEGER NOT NULL, open INTEGER NOT NULL, failed INTEGER NOT NULL,
  letters INTEGER NOT NULL, jobs INTEGER NOT NULL, later INTEGER NOT NULL, after_failure INTEGER NOT NULL, checksum INTEGER NOT NULL, id BLOB NOT NULL UNIQUE,
  pipeline BLOB NOT NULL, key BLOB NOT NULL, definition BLOB NOT NULL);
CREATE INDEX run_later ON run(event) WHERE later = 1;
CREATE INDEX run_line ON run(pipeline, key, place) WHERE place <> 0;
CREATE TABLE job(
  seq INTEGER PRIMARY KEY, state INTEGER NOT NULL, due INTEGER NOT NULL, attempt INTEGER NOT NULL, ended INTEGER NOT NULL, has_input INTEGER NOT NULL,
  checksum INTEGER NOT NULL, step BLOB NOT NULL, lane BLOB NOT NULL);
CREATE INDEX job_ready ON job(lane, due) WHERE state = 1;
CREATE INDEX job_held ON job(lane) WHERE state = 0;
CREATE TABLE input(
  job INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, source BLOB NOT NULL, id BLOB NOT NULL, type BLOB NOT NULL,
  attributes BLOB NOT NULL, data BLOB NOT NULL, blob BLOB NOT NULL);
CREATE INDEX input_blob ON input(blob) WHERE blob <> x'';
CREATE TABLE attempt(
  job INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, kind BLOB NOT NULL, text BLOB NOT NULL,
  PRIMARY KEY(job, number)) WITHOUT ROWID;
CREATE TABLE result(
  run INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, status INTEGER NOT NULL, headers BLOB NOT NULL,
  body BLOB NOT NULL, blob BLOB NOT NULL);
CREATE INDEX result_blob ON result(blob) WHERE blob <> x'';
CREATE TABLE letter(
  seq INTEGER PRIMARY KEY, job INTEGER NOT NULL UNIQUE, run INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX letter_run ON letter(run);
CREATE TABLE mark(name BLOB PRIMARY KEY, value INTEGER NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE number(
  epoch INTEGER NOT NULL, event INTEGER NOT NULL, run INTEGER NOT NULL, letter INTEGER NOT NULL,
  named INTEGER NOT NULL);
INSERT INTO number VALUES(0, 0, 0, 0, 0);
)";

}  // namespace

Status lay_out_journal(Database& database) {
  return lay_out_journal(database, {});
}

Status lay_out_journal(Database& database, std::span<const SchemaStep> steps) {
  return database.lay_out(kJournalSchema, kTables, "start that one", steps);
}

// Both halves of the product count, so that every bit of what goes in reaches every bit of what comes out.
void RowChecksum::mix(std::uint64_t one, std::uint64_t other) {
  __extension__ using Product = unsigned __int128;
  const Product product = Product{one ^ state_ ^ kFirstSecret} * (other ^ kSecondSecret);
  state_ =
      (std::rotl(state_, 23) ^ one) + (static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64));
}

RowChecksum& RowChecksum::add(std::int64_t number) {
  mix(static_cast<std::uint64_t>(number), 0);
  return *this;
}

RowChecksum& RowChecksum::add(std::string_view text) {
  const std::size_t size = text.size();
  std::uint64_t words[2] = {};
  for (; text.size() >= sizeof words; text.remove_prefix(sizeof words)) {
    std::memcpy(words, text.data(), sizeof words);
    mix(words[0], words[1]);
  }
  words[0] = words[1] = 0;
  if (!text.empty()) std::memcpy(words, text.data(), text.size());
  mix(words[0], words[1]);
  mix(size, 1);
  return *this;
}

std::int64_t RowChecksum::finish() const {
  RowChecksum last = *this;
  last.mix(0, 2);
  return static_cast<std::int64_t>(last.state_);
}

}  // namespace sojourn
