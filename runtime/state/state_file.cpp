#include "runtime/state/state_file.h"

namespace sojourn {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::int64_t kSchema = 1;
constexpr char kTables[] =
    "CREATE TABLE entry(function TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, revision INTEGER NOT NULL,"
    " expires INTEGER, PRIMARY KEY(function, key)) WITHOUT ROWID;"
    "CREATE TABLE epoch(n INTEGER NOT NULL);"
    "INSERT INTO epoch VALUES(0);";

}  // namespace

Result<StateFile> StateFile::open(const std::string& path, const Clock& clock) {
  auto database = Database::open(path, Durability::kCrash);
  if (!database) return database.error();
  constexpr std::string_view kOtherwise = "start that one, or move the file away to begin without state";
  if (Status laid_out = database->lay_out(kSchema, kTables, kOtherwise); !laid_out) return laid_out.error();
  auto put = database->prepare("INSERT OR REPLACE INTO entry VALUES(CAST(? AS TEXT), ?, ?, ?, ?)");
  if (!put) return put.error();
  auto remove = database->prepare("DELETE FROM entry WHERE function = CAST(? AS TEXT) AND key = ?");
  if (!remove) return remove.error();
  StateFile file(std::move(*database), std::move(*put), std::move(*remove), clock);
  if (Status begun = file.begin_epoch(); !begun) return begun.error();
  return file;
}

// On the medium before the first number of the epoch is given out.
Status StateFile::begin_epoch() {
  for (const char* const sql : {"PRAGMA synchronous=FULL", "UPDATE epoch SET n = n + 1", "PRAGMA synchronous=NORMAL"}) {
    if (Status done = database_.run(sql); !done) return done;
  }
  auto query = database_.prepare("SELECT n FROM epoch");
  if (!query) return query.error();
  if (auto row = query->step(); !row) return row.error();
  epoch_ = static_cast<std::uint64_t>(query->integer(0));
  return {};
}

Status StateFile::load(StateTable& table) {
  const auto wall_now = duration_cast<milliseconds>(clock_->wall().time_since_epoch()).count();
  auto query = database_.prepare("SELECT function, key, value, revision, expires FROM entry");
  if (!query) return query.error();
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return {};
    StateChange change{std::string(query->bytes(0)), std::string(query->bytes(1)), std::string(query->bytes(2)),
                       static_cast<std::uint64_t>(query->integer(3)), MonotonicTime::max()};
    // What has expired goes in too, long over: the next sweep then takes it out of the file.
    if (!query->is_null(4)) change.expires = clock_->now() + milliseconds(query->integer(4) - wall_now);
    table.restore(std::move(change));
  }
}

Status StateFile::write(std::span<const StateChange> changes) {
  const MonotonicTime now = clock_->now();
  const auto wall_now = duration_cast<milliseconds>(clock_->wall().time_since_epoch()).count();
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  for (const StateChange& change : changes) {
    if (!change.value) {
      if (Status removed = remove_.bind(1, change.function).bind(2, change.key).run(); !removed) return removed;
      continue;
    }
    put_.bind(1, change.function).bind(2, change.key).bind(3, *change.value);
    put_.bind(4, static_cast<std::int64_t>(change.revision));
    if (change.expires == MonotonicTime::max()) {
      put_.bind_null(5);
    } else {
      put_.bind(5, wall_now + duration_cast<milliseconds>(change.expires - now).count());
    }
    if (Status put = put_.run(); !put) return put;
  }
  return transaction->commit();
}

}  // namespace sojourn
