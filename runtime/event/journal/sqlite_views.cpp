// Showing: single rows and lists. A damaged row is an error where it was asked for, and is left out of lists.
#include <algorithm>
#include <limits>

#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {
namespace {

Error damaged(std::string_view what) {
  return Error(ErrorCode::kInternal, "journal: what it holds of " + std::string(what) +
                                         " does not fit its checksum: the file was damaged there; restore it from a "
                                         "backup, or move it away to begin anew");
}

EpochMs end_of(const ListFilter& filter) {
  return filter.until == 0 ? std::numeric_limits<EpochMs>::max() : filter.until;
}

std::size_t rows_of(const ListFilter& filter) {
  return std::min(filter.most, kListMax);
}

}  // namespace

// --- runs -----------------------------------------------------------------------------------------------------------

std::optional<RunView> SqliteEngine::read_run(const Statement& row) {
  RunSpec spec;
  spec.after_failure = static_cast<AfterFailure>(row.integer(6));
  spec.id = row.bytes(8);
  spec.pipeline = row.bytes(9);
  spec.key = row.bytes(10);
  spec.definition = row.bytes(11);
  const std::int64_t run = row.integer(0);
  const std::int64_t event = row.integer(1);
  if (run_checksum(run, event, spec) != row.integer(7)) {
    ++damaged_rows_;
    return std::nullopt;
  }
  return RunView{spec.id,
                 spec.pipeline,
                 spec.definition,
                 spec.key,
                 event,
                 static_cast<RunState>(row.integer(2)),
                 row.integer(3),
                 row.integer(4),
                 static_cast<int>(row.integer(5)),
                 run};
}

Result<std::optional<RunView>> SqliteEngine::run(std::string_view id) {
  std::optional<RunView> view;
  queries_.each(
      Query::kReadRun,
      [&](const Statement& row) {
        view = read_run(row);
        if (!view) queries_.fail(damaged("this run"));
      },
      id);
  return queries_.answer(std::move(view));
}

// The number below which the list begins. Numbers follow the clock, unless it was set back.
std::int64_t SqliteEngine::newest_of(const ListFilter& filter, std::int64_t last_number) {
  const std::int64_t newest = last_number + 1;
  return filter.before == 0 ? newest : std::clamp<std::int64_t>(filter.before, 0, newest);
}

// Behind what a list gave when it is full, else behind what it looked at: the newest row there, unless that is older
// than the filter wants.
std::int64_t SqliteEngine::next_of(Query below, const ListFilter& filter, const ListLook& look) {
  std::int64_t next = 0;
  queries_.each(
      below,
      [&](const Statement& row) {
        if (row.integer(1) >= filter.since - kClockSlack) next = row.integer(0) + 1;
      },
      look.rows == rows_of(filter) ? look.last : look.low);
  return next;
}

Result<Listed<RunView>> SqliteEngine::runs(const ListFilter& filter) {
  std::int64_t before = newest_of(filter, numbers_.run);
  if (filter.until != 0) {
    const auto event = queries_.number(Query::kEventBefore, filter.until);
    const auto run = event ? queries_.number(Query::kRunBefore, *event) : std::nullopt;
    before = std::min(before, run.value_or(1));
  }
  Listed<RunView> runs;
  ListLook look;
  const auto add = [&](const Statement& row) {
    look.add(row.integer(0));
    if (auto view = read_run(row)) runs.rows.push_back(std::move(*view));
  };
  const std::int64_t state = filter.state ? static_cast<std::int64_t>(*filter.state) : -1;
  if (filter.event != 0) {
    queries_.each(Query::kListRunsOfEvent, add, newest_of(filter, numbers_.run), 0, filter.pipeline, state,
                  filter.since, end_of(filter), rows_of(filter), filter.waiting_for_somebody, filter.event);
  } else {
    look.low = before - filter.looks;
    queries_.each(Query::kListRuns, add, before, look.low, filter.pipeline, state, filter.since, end_of(filter),
                  rows_of(filter), filter.waiting_for_somebody);
  }
  runs.next = next_of(Query::kRunBelow, filter, look);
  return queries_.answer(std::move(runs));
}

Result<std::vector<JobView>> SqliteEngine::jobs(std::string_view run) {
  std::vector<JobView> jobs;
  queries_.each(
      Query::kReadJobs,
      [&](const Statement& row) {
        JobView job{row.integer(0),
                    std::string(row.bytes(1)),
                    static_cast<JobState>(row.integer(2)),
                    row.integer(3),
                    row.integer(4),
                    static_cast<int>(row.integer(5)),
                    {}};
        if (leases_.find(job.job) != nullptr) job.state = JobState::kLeased;
        if (job.state != JobState::kReady) job.due = 0;
        jobs.push_back(std::move(job));
      },
      run);
  for (JobView& job : jobs) job.failures = attempts_of(job.job);
  return queries_.answer(std::move(jobs));
}

std::vector<Attempt> SqliteEngine::attempts_of(std::int64_t job) {
  std::vector<Attempt> attempts;
  queries_.each(
      Query::kReadAttempts,
      [&](const Statement& row) {
        attempts.push_back(
            {static_cast<int>(row.integer(0)), row.integer(1), {std::string(row.bytes(2)), std::string(row.bytes(3))}});
      },
      job);
  return attempts;
}

Result<std::optional<RunResult>> SqliteEngine::result(std::string_view run) {
  std::optional<RunResult> result;
  queries_.each(
      Query::kReadResult,
      [&](const Statement& row) {
        result = RunResult{static_cast<int>(row.integer(2)), std::string(row.bytes(3)), std::string(row.bytes(4)),
                           digest_of(row.bytes(5))};
        if (result_checksum(row.integer(0), *result) == row.integer(1)) return;
        ++damaged_rows_;
        queries_.fail(damaged("this run's result"));
      },
      run);
  return queries_.answer(std::move(result));
}

// --- events ---------------------------------------------------------------------------------------------------------

Result<std::optional<EventView>> SqliteEngine::event(std::int64_t number) {
  std::optional<EventView> view;
  queries_.each(
      Query::kReadEvent,
      [&](const Statement& row) {
        RecordRow read = read_record(row, number);
        view = EventView{number, read.accepted, std::move(read.record)};
        if (read.is_whole) return;
        ++damaged_rows_;
        queries_.fail(damaged("event " + std::to_string(number)));
      },
      number);
  return queries_.answer(std::move(view));
}

Result<Listed<EventView>> SqliteEngine::events(const ListFilter& filter) {
  std::int64_t before = newest_of(filter, numbers_.event);
  if (filter.until != 0) {
    before = std::min(before, queries_.number(Query::kEventBefore, filter.until).value_or(1));
  }
  const bool is_prefix = filter.type.ends_with('*');
  const std::string_view type = std::string_view(filter.type).substr(0, filter.type.size() - (is_prefix ? 1 : 0));
  Listed<EventView> events;
  ListLook look;
  look.low = before - filter.looks;
  queries_.each(
      Query::kListEvents,
      [&](const Statement& row) {
        const std::int64_t number = row.integer(8);
        look.add(number);
        RecordRow read = read_record(row, number);
        if (read.is_whole) {
          events.rows.push_back({number, read.accepted, std::move(read.record)});
        } else {
          ++damaged_rows_;
        }
      },
      before, look.low, type, is_prefix ? 1 : 0, filter.source, filter.since, end_of(filter), rows_of(filter));
  events.next = next_of(Query::kEventBelow, filter, look);
  return queries_.answer(std::move(events));
}

// --- letters --------------------------------------------------------------------------------------------------------

struct SqliteEngine::FoundLetter {
  DeadLetter letter;
  std::int64_t event = 0;
  std::int64_t job = 0;
  bool has_input = false;
};

SqliteEngine::FoundLetter SqliteEngine::read_letter(const Statement& row) {
  FoundLetter found;
  DeadLetter& letter = found.letter;
  letter.number = row.integer(0);
  letter.run = row.bytes(1);
  letter.pipeline = row.bytes(2);
  letter.definition = row.bytes(3);
  letter.step = row.bytes(4);
  letter.at = row.integer(5);
  letter.attempts = static_cast<int>(row.integer(6));
  found.event = row.integer(7);
  found.job = row.integer(8);
  found.has_input = row.integer(9) != 0;
  return found;
}

// A damaged event is shown as it is: its letter says that it is damaged.
DeadLetter SqliteEngine::complete_letter(FoundLetter found) {
  DeadLetter& letter = found.letter;
  letter.failures = attempts_of(found.job);
  if (!letter.failures.empty()) letter.error = letter.failures.back().error;
  letter.event = record_of(Query::kReadEvent, found.event).record;
  letter.input = found.has_input ? record_of(Query::kReadInput, found.job).record : letter.event;
  return std::move(letter);
}

Result<Listed<DeadLetter>> SqliteEngine::letters(const ListFilter& filter) {
  std::vector<FoundLetter> found;
  ListLook look;
  const auto add = [&](const Statement& row) {
    look.add(row.integer(0));
    found.push_back(read_letter(row));
  };
  const std::int64_t before = newest_of(filter, numbers_.letter);
  if (filter.run.empty()) {
    look.low = before - filter.looks;
    queries_.each(Query::kListLetters, add, before, look.low, filter.pipeline, filter.since, end_of(filter),
                  rows_of(filter));
  } else {
    queries_.each(Query::kListLettersOfRun, add, before, 0, filter.pipeline, filter.since, end_of(filter),
                  rows_of(filter), filter.run);
  }
  Listed<DeadLetter> letters;
  for (FoundLetter& one : found) letters.rows.push_back(complete_letter(std::move(one)));
  letters.next = next_of(Query::kLetterBelow, filter, look);
  return queries_.answer(std::move(letters));
}

Result<std::optional<DeadLetter>> SqliteEngine::letter(std::int64_t number) {
  if (number > numbers_.letter) return std::optional<DeadLetter>();
  ListFilter only;
  only.before = number + 1;
  only.most = 1;
  auto found = letters(only);
  if (!found) return found.error();
  if (found->rows.empty() || found->rows.front().number != number) return std::optional<DeadLetter>();
  return std::optional(std::move(found->rows.front()));
}

}  // namespace sojourn
