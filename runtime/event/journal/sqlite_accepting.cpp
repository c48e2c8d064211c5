// Taking in: events, the names that tell duplicates, runs and their first jobs.
#include <algorithm>
#include <span>

#include "runtime/event/journal/job_number.h"
#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {

Result<Accepted> SqliteEngine::accept(const Acceptance& acceptance, EpochMs now) {
  return queries_.answer(take_in(acceptance, now));
}

// The newest under a name is the only one that counts.
std::optional<Accepted> SqliteEngine::duplicate_of(const NameDigest& name, EpochMs now) {
  NameBook::Entry first;
  if (const NameBook::Entry* const recent = names_.find(name)) {
    first = *recent;
  } else {
    queries_.each(
        Query::kFindName,
        [&](const Statement& row) {
          first = {row.integer(0), row.integer(1)};
        },
        bytes_of(name));
  }
  if (first.event == 0 || first.until <= now) return std::nullopt;
  Accepted known{first.event, true, {}};
  queries_.each(
      Query::kFirstRunOf, [&](const Statement& row) { known.run = row.bytes(0); }, first.event);
  return known;
}

Accepted SqliteEngine::take_in(const Acceptance& acceptance, EpochMs now) {
  latest_ = std::max(latest_, now);
  std::vector<NameDigest> names;
  for (const DedupeKey& key : acceptance.dedupe) {
    names.push_back(name_digest(key.name));
    if (const auto known = duplicate_of(names.back(), now)) return *known;
  }
  const bool waits = acceptance.waiting && lanes_.has_open(acceptance.waiting->jobs.front().lane);
  const std::span<const RunSpec> runs = waits ? std::span(&*acceptance.waiting, 1) : std::span(acceptance.runs);
  Accepted accepted{insert_event(acceptance, names, runs.size(), now), false,
                    runs.empty() ? std::string() : runs.front().id};
  for (const RunSpec& run : runs) start(run, accepted.event, Begun::kWithEvent, now);
  return accepted;
}

// The runs that begin with it get the next numbers.
std::int64_t SqliteEngine::insert_event(const Acceptance& acceptance, std::span<const NameDigest> names,
                                        std::size_t runs, EpochMs now) {
  const EventRecord& event = acceptance.event;
  const std::int64_t number = ++numbers_.event;
  std::string named;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const EpochMs until = acceptance.dedupe[i].until;
    named.append(bytes_of(names[i])).append(reinterpret_cast<const char*>(&until), sizeof until);
    names_.add(names[i], {number, until});
  }
  queries_.run(Query::kInsertEvent, number, now, runs == 0 ? 0 : numbers_.run + 1, runs, record_checksum(number, event),
               named, event.source, event.id, event.type, event.attributes, event.data, bytes_of(event.blob));
  return number;
}

Result<bool> SqliteEngine::begin_run(std::int64_t event, const RunSpec& run, EpochMs now) {
  const RecordRow kept = record_of(Query::kReadEvent, event);
  if (queries_.failed()) return queries_.settle().error();
  if (!kept.is_whole) return false;
  start(run, event, Begun::kLater, now);
  return queries_.answer(true);
}

void SqliteEngine::start(const RunSpec& spec, std::int64_t event, Begun begun, EpochMs now) {
  const bool is_ordered = !spec.key.empty();
  const bool waits = is_ordered && in_line(Query::kInLine, spec.pipeline, spec.key).has_value();
  const Place place = !is_ordered ? Place::kInNoLine : waits ? Place::kWaiting : Place::kAtCounter;
  const RunState state = waits ? RunState::kHeld : RunState::kActive;
  const std::int64_t run = ++numbers_.run;
  queries_.run(Query::kInsertRun, run, event, state, place, now, spec.jobs.size(), begun, spec.after_failure,
               run_checksum(run, event, spec), spec.id, spec.pipeline, spec.key, spec.definition);
  std::int64_t index = 0;
  for (const JobSpec& job : spec.jobs) insert_job(run, index++, job, waits ? JobState::kHeld : JobState::kReady);
  if (spec.jobs.empty()) end(line_of(run), RunState::kDone, now);
}

void SqliteEngine::insert_job(std::int64_t run, std::int64_t index, const JobSpec& spec, JobState state) {
  if (index >= kJobsOfRunMax) {
    queries_.fail(Error(ErrorCode::kInternal, "journal: a run has had " + std::to_string(kJobsOfRunMax) +
                                                  " jobs, the most that one has in its life; cancel it"));
  }
  const std::int64_t job = job_number(run, index);
  queries_.run(Query::kInsertJob, job, state, spec.due, spec.input ? 1 : 0, job_checksum(job, spec.step), spec.step,
               spec.lane);
  if (spec.input) {
    const EventRecord& input = *spec.input;
    queries_.run(Query::kInsertInput, job, record_checksum(job, input), input.source, input.id, input.type,
                 input.attributes, input.data, bytes_of(input.blob));
  }
  moved(spec.lane, std::nullopt, state, spec.due);
}

}  // namespace sojourn
