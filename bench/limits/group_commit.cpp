// limit-group-commit: what SQLite itself takes for durable rows: one table, one connection, write-ahead log, synced at
// every commit, so many rows to a commit. Prints rows a second, and how long one commit takes.
#include <cstdio>
#include <sqlite3.h>
#include <string>

#include "bench/measure/arguments.h"
#include "bench/measure/fail.h"
#include "bench/measure/samples.h"

namespace bench {
namespace {

class Table {
 public:
  explicit Table(const std::string& file) {
    check(sqlite3_open(file.c_str(), &database_), "open");
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE event(seq INTEGER PRIMARY KEY, data BLOB NOT NULL)");
    begin_ = prepare("BEGIN IMMEDIATE");
    insert_ = prepare("INSERT INTO event(data) VALUES(?)");
    commit_ = prepare("COMMIT");
  }
  ~Table() {
    for (sqlite3_stmt* statement : {begin_, insert_, commit_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  void add(const std::string& row, long count) {
    step(begin_);
    for (long i = 0; i < count; ++i) {
      check(sqlite3_bind_blob(insert_, 1, row.data(), static_cast<int>(row.size()), SQLITE_STATIC), "bind");
      step(insert_);
    }
    step(commit_);
  }

 private:
  void check(int code, const char* what) {
    if (code != SQLITE_OK) fail((std::string(what) + ": " + sqlite3_errmsg(database_)).c_str());
  }
  void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr), sql); }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr), sql);
    return statement;
  }
  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_errmsg(database_));
    sqlite3_reset(statement);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
};

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const std::string file = arguments.required("directory") + "/group-commit.db";
  const std::string row(static_cast<std::size_t>(arguments.number("size", 1 << 10)), 'x');
  const long batch = arguments.number("batch", 64);
  const double seconds = arguments.real("seconds", 1);
  arguments.finish();

  Samples commits;
  double rows_per_second = 0;
  {
    Table table(file);
    table.add(row, batch);
    const Nanoseconds began = now_ns();
    const Nanoseconds until = began + static_cast<Nanoseconds>(seconds * 1e9);
    Nanoseconds now = began;
    while (now < until) {
      const Nanoseconds before = now;
      table.add(row, batch);
      now = now_ns();
      commits.add(now - before);
    }
    rows_per_second =
        static_cast<double>(commits.count()) * static_cast<double>(batch) / (static_cast<double>(now - began) / 1e9);
  }
  for (const char* end : {"", "-wal", "-shm"}) std::remove((file + end).c_str());
  std::printf(R"({"per_second": %.1f, "batch": %ld, "commit": %s})"
              "\n",
              rows_per_second, batch, commits.json().c_str());
}
