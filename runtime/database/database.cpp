#include "runtime/database/database.h"

#include <algorithm>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sojourn {
namespace {

Error fault(const std::string& path, sqlite3* handle, int code) {
  const int primary = code & 0xFF;
  const std::string why = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return Error(ErrorCode::kStoreUnavailable, path + ": another process has it open; only one server may use it");
  }
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
    return Error(ErrorCode::kInternal, path + ": " + why + "; restore it from a backup, or move it away to begin anew");
  }
  const bool disk = primary == SQLITE_FULL || primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  return Error(disk ? ErrorCode::kStoreUnavailable : ErrorCode::kInternal, path + ": " + why);
}

// SQLite gives a new file the rights of the process's umask; the log and the index beside it take the file's.
Status make_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_error(path, errno, ErrorCode::kStoreUnavailable);
  ::close(fd);
  return {};
}

// Each connection is one thread's at a time, and nobody asks SQLite how much memory it uses: without these, every
// allocation of its own takes a lock and counts. Has an effect before the first file is opened, and once.
void make_lean() {
  [[maybe_unused]] static const bool is_lean = [] {
    return ::sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK &&
           ::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK;
  }();
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

Result<Database> Database::open(const std::string& path, Durability durability) {
  make_lean();
  if (Status made = make_private(path); !made) return made.error();
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  const int opened = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  auto database = adopt(handle, opened, path);
  if (!database) return database;
  // The lock first: in exclusive mode the log's index lives in memory, not in a shared file.
  for (const char* const sql : {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=WAL", "PRAGMA trusted_schema=OFF",
                                "BEGIN IMMEDIATE; COMMIT"}) {
    if (Status set = database->run(sql); !set) return set.error();
  }
  if (Status set = database->set_durability(durability); !set) return set.error();
  return database;
}

Status Database::set_durability(Durability durability) {
  return run(durability == Durability::kPowerCut ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

Result<Database> Database::adopt(sqlite3* handle, int opened, const std::string& path) {
  Database database(handle, path);
  if (opened != SQLITE_OK) return fault(path, handle, opened);
  return database;
}

Status Database::run(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fault(*path_, handle_.get(), code);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return fault(*path_, handle_.get(), code);
  return Statement(handle, *path_);
}

Result<std::int64_t> Database::pragma(std::string_view name) {
  auto query = prepare("PRAGMA " + std::string(name));
  if (!query) return query.error();
  if (auto row = query->step(); !row) return row.error();
  return query->integer(0);
}

Result<std::int64_t> Database::schema_version() {
  return pragma("user_version");
}

Status Database::set_schema_version(std::int64_t version) {
  return run(("PRAGMA user_version=" + std::to_string(version)).c_str());
}

Status Database::lay_out(std::int64_t version, const char* tables, std::string_view otherwise,
                         std::span<const SchemaStep> steps) {
  auto found = schema_version();
  if (!found) return found.error();
  if (*found == version) return {};
  if (*found > version) {
    return Error(ErrorCode::kInternal, path() + ": written by a newer sojourn (schema " + std::to_string(*found) +
                                           ", this one knows " + std::to_string(version) + "); " +
                                           std::string(otherwise));
  }
  auto transaction = Transaction::begin(*this);
  if (!transaction) return transaction.error();
  if (Status made = *found == 0 ? run(tables) : upgrade(*found, version, otherwise, steps); !made) return made;
  if (Status set = set_schema_version(version); !set) return set;
  return transaction->commit();
}

Status Database::upgrade(std::int64_t from, std::int64_t to, std::string_view otherwise,
                         std::span<const SchemaStep> steps) {
  for (std::int64_t at = from; at < to; ++at) {
    const auto step = std::find_if(steps.begin(), steps.end(), [at](const SchemaStep& s) { return s.from == at; });
    if (step == steps.end()) {
      return Error(ErrorCode::kInternal, path() + ": written by an older sojourn (schema " + std::to_string(from) +
                                             "), from which nothing leads to this one's (" + std::to_string(to) +
                                             "); " + std::string(otherwise));
    }
    if (Status done = run(step->sql); !done) return done.error().at("schema " + std::to_string(at + 1));
  }
  return {};
}

Result<Database::Size> Database::size() {
  std::int64_t numbers[3] = {};
  const char* const names[3] = {"page_size", "page_count", "freelist_count"};
  for (int i = 0; i < 3; ++i) {
    auto number = pragma(names[i]);
    if (!number) return number.error();
    numbers[i] = *number;
  }
  struct stat log {};
  const bool has_log = ::stat((path() + "-wal").c_str(), &log) == 0;
  const auto [page, pages, unused] = numbers;
  return Size{static_cast<std::uint64_t>(page * pages) + (has_log ? static_cast<std::uint64_t>(log.st_size) : 0),
              static_cast<std::uint64_t>(page * (pages - unused))};
}

std::string_view Database::library_version() {
  return sqlite3_libversion();
}

Statement& Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), index, value);
  return *this;
}

Statement& Statement::bind(int index, std::string_view bytes) {
  sqlite3_bind_blob64(handle_.get(), index, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                      SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_view(int index, std::string_view bytes) {
  sqlite3_bind_blob64(handle_.get(), index, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind_null(int index) {
  sqlite3_bind_null(handle_.get(), index);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  Result<bool> ended = false;
  if (code != SQLITE_DONE) ended = fault(*path_, sqlite3_db_handle(handle_.get()), code);
  reset();
  return ended;
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

Status Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string_view Statement::bytes(int column) const {
  const auto* const data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<std::size_t>(size));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

Result<Transaction> Transaction::begin(Database& database) {
  if (Status begun = database.run("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->run("ROLLBACK");
}

Status Transaction::commit() {
  if (Status committed = database_->run("COMMIT"); !committed) return committed;
  database_ = nullptr;
  return {};
}

}  // namespace sojourn
