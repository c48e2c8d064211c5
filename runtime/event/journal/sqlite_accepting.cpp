// Taking in: events, the names that tell duplicates, runs and their first jobs.
#include <algorithm>
#include <span>

#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {

Result<Accepted> SqliteEngine::accept(const Acceptance& acceptance, EpochMs now) {
  return queries_.answer(take_in(acceptance, now));
}

Accepted SqliteEngine::take_in(const Acceptance& acceptance, EpochMs now) {
  latest_ = std::max(latest_, now);
  std::optional<Accepted> first;
  for (const DedupeKey& key : acceptance.dedupe) {
    queries_.each(
        Query::kFindDuplicate,
        [&](const Statement& row) {
          first = Accepted{row.integer(0), true, std::string(row.bytes(1))};
        },
        name_digest(key.name), now);
    if (first) return *first;
  }
  const bool waits = acceptance.waiting && lanes_.has_open(acceptance.waiting->jobs.front().lane);
  const std::span<const RunSpec> runs = waits ? std::span(&*acceptance.waiting, 1) : std::span(acceptance.runs);
  Accepted accepted{insert_event(acceptance.event, now), false, runs.empty() ? std::string() : runs.front().id};
  const std::int64_t first_run = runs.empty() ? 0 : numbers_.run + 1;
  for (const DedupeKey& key : acceptance.dedupe) {
    queries_.run(Query::kPutName, name_digest(key.name), accepted.event, first_run, key.until);
  }
  for (const RunSpec& run : runs) start(run, accepted.event, now);
  return accepted;
}

std::int64_t SqliteEngine::insert_event(const EventRecord& event, EpochMs now) {
  const std::int64_t number = ++numbers_.event;
  queries_.run(Query::kInsertEvent, number, now, record_checksum(number, event), event.source, event.id, event.type,
               event.attributes, event.data, bytes_of(event.blob));
  return number;
}

Result<bool> SqliteEngine::begin_run(std::int64_t event, const RunSpec& run, EpochMs now) {
  const RecordRow kept = record_of(Query::kReadEvent, event);
  if (queries_.failed()) return queries_.settle().error();
  if (!kept.is_whole) return false;
  start(run, event, now);
  return queries_.answer(true);
}

void SqliteEngine::start(const RunSpec& spec, std::int64_t event, EpochMs now) {
  const bool is_ordered = !spec.key.empty();
  const bool waits = is_ordered && in_line(Query::kInLine, spec.pipeline, spec.key).has_value();
  const Place place = !is_ordered ? Place::kInNoLine : waits ? Place::kWaiting : Place::kAtCounter;
  const RunState state = waits ? RunState::kHeld : RunState::kActive;
  const std::int64_t run = ++numbers_.run;
  queries_.run(Query::kInsertRun, run, event, state, place, now, 0, spec.jobs.size(), spec.after_failure,
               run_checksum(run, event, spec), spec.id, spec.pipeline, spec.key, spec.definition);
  for (const JobSpec& job : spec.jobs) insert_job(run, job, waits ? JobState::kHeld : JobState::kReady);
  if (spec.jobs.empty()) end(line_of(run), RunState::kDone, now);
}

void SqliteEngine::insert_job(std::int64_t run, const JobSpec& spec, JobState state) {
  const std::int64_t job = ++numbers_.job;
  queries_.run(Query::kInsertJob, job, run, state, spec.due, spec.input ? 1 : 0, job_checksum(job, run, spec.step),
               spec.step, spec.lane);
  if (spec.input) {
    const EventRecord& input = *spec.input;
    queries_.run(Query::kInsertInput, job, record_checksum(job, input), input.source, input.id, input.type,
                 input.attributes, input.data, bytes_of(input.blob));
  }
  lanes_.moved(spec.lane, std::nullopt, state, spec.due);
}

}  // namespace sojourn
