#include "runtime/event/journal/sqlite_engine.h"

#include <utility>

namespace sojourn {
namespace {

// Pages that are kept in memory. Not more: SQLite walks all of them after a commit that has rebalanced a tree, and what
// is not here the system's own cache has.
constexpr char kCache[] = "PRAGMA cache_size=-16384";  // KiB
// Pages that the log grows by before they are brought into the file.
constexpr char kCheckpoint[] = "PRAGMA wal_autocheckpoint=4000";

}  // namespace

Result<std::unique_ptr<SqliteEngine>> SqliteEngine::open(const std::string& path, Durability most) {
  auto database = Database::open(path, most);
  if (!database) return database.error();
  if (Status laid_out = lay_out_journal(*database); !laid_out) return laid_out.error();
  for (const char* const setting : {kCache, kCheckpoint}) {
    if (Status set = database->run(setting); !set) return set.error();
  }
  auto queries = JournalQueries::prepare(*database);
  if (!queries) return queries.error();
  std::unique_ptr<SqliteEngine> engine(new SqliteEngine(std::move(*database), std::move(*queries), most));
  engine->set_ = most;
  if (Status begun = engine->begin_epoch(); !begun) return begun.error();
  return engine;
}

// What an earlier epoch had leased nobody works on any more: it stands in the file as waiting.
Status SqliteEngine::begin_epoch() {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (Status counted = database_.run("UPDATE number SET epoch = epoch + 1"); !counted) return counted;
  std::int64_t epoch = 0;
  queries_.each(Query::kReadNumbers, [&](const Statement& row) {
    epoch = row.integer(0);
    numbers_ = {row.integer(1), row.integer(2), row.integer(3), row.integer(4)};
  });
  read_new_names();
  latest_ = committed_latest_ = queries_.number(Query::kLastAccepted).value_or(0);
  count_jobs();
  if (Status read = queries_.settle(); !read) return read;
  committed_ = numbers_;
  last_token_ = epoch << 32;
  return transaction->commit();
}

void SqliteEngine::count_jobs() {
  queries_.each(Query::kCountJobs, [&](const Statement& row) {
    lanes_.add(row.bytes(1), static_cast<JobState>(row.integer(0)), row.integer(2));
  });
  for (const auto& [job, lease] : leases_.all()) {
    lanes_.add(lease.lane, JobState::kReady, -1);
    lanes_.add(lease.lane, JobState::kLeased, 1);
  }
  lanes_.commit();
}

// The rows say what the index of waiting jobs has to say.
Status SqliteEngine::rebuild_index() {
  if (Status built = database_.run("REINDEX job"); !built) return built;
  lanes_.clear();
  count_jobs();
  is_index_damaged_ = false;
  return queries_.settle();
}

Status SqliteEngine::begin(Outlives outlives) {
  if (is_index_damaged_) {
    if (Status built = rebuild_index(); !built) return built;
  }
  const Durability wanted = outlives == Outlives::kPowerCut ? most_ : Durability::kCrash;
  if (wanted != set_) {
    if (Status set = database_.set_durability(wanted); !set) return set;
    set_ = wanted;
  }
  queries_.run(Query::kBegin);
  return queries_.settle();
}

Status SqliteEngine::commit() {
  write_names();
  if (writes_numbers_) {
    queries_.run(Query::kWriteNumbers, numbers_.event, numbers_.run, numbers_.letter, numbers_.named);
  }
  queries_.run(Query::kCommit);
  if (Status failed = queries_.settle(); !failed) return failed;
  committed_ = numbers_;
  committed_latest_ = latest_;
  writes_numbers_ = false;
  lanes_.commit();
  leases_.commit();
  names_.commit(numbers_.event);
  return {};
}

void SqliteEngine::rollback() {
  queries_.reset();
  (void)database_.run("ROLLBACK");
  numbers_ = committed_;
  latest_ = committed_latest_;
  writes_numbers_ = false;
  lanes_.rollback();
  leases_.rollback();
  names_.rollback();
}

}  // namespace sojourn
