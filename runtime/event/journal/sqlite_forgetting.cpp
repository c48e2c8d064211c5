// Forgetting: what is over, from the oldest on, a bounded number at a time.
#include "runtime/event/journal/sqlite_engine.h"

namespace sojourn {
namespace {

// Names that are looked at for each event that is: more, since all of them are gone through and few are over.
constexpr std::size_t kNamesPerEvent = 8;

}  // namespace

Result<Forgotten> SqliteEngine::forget(EpochMs before, EpochMs now, std::size_t most) {
  forget_names(now, most * kNamesPerEvent);
  std::vector<std::int64_t> over;
  std::size_t looked = 0;
  queries_.each(
      Query::kLookOver,
      [&](const Statement& row) {
        ++looked;
        looked_event_ = row.integer(0);
        looked_accepted_ = row.integer(1);
        if (row.integer(2) == 0) over.push_back(row.integer(0));
      },
      looked_accepted_, looked_event_, before, most);
  for (const std::int64_t event : over) forget_event(event, now);
  const bool is_through = looked < most;
  if (is_through) {
    looked_accepted_ = -1;
    looked_event_ = 0;
  }
  return queries_.answer(Forgotten{over.size(), is_through});
}

void SqliteEngine::forget_event(std::int64_t event, EpochMs now) {
  if (event > numbers_.named) keep_names_of(event, now);
  writes_numbers_ = true;
  std::vector<std::int64_t> runs;
  queries_.each(
      Query::kRunsOfEvent, [&](const Statement& row) { runs.push_back(row.integer(0)); }, event);
  for (const std::int64_t run : runs) {
    for (const Query query : {Query::kDropAttemptsOfRun, Query::kDropInputsOfRun, Query::kDropJobsOfRun,
                              Query::kDropResult, Query::kDropRun}) {
      queries_.run(query, run);
    }
  }
  queries_.run(Query::kDropEvent, event);
}

}  // namespace sojourn
