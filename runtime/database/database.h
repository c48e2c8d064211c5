// A Database is one SQLite file and the one connection to it. A Statement is a query made ready once and run often; a
// Transaction is committed, or undone when it goes.
//
// One connection does everything that changes a file, checkpoints included: SQLite before 3.51.3 can lose the end of
// its write-ahead log when two do (https://sqlite.org/wal.html, "The WAL-Reset Bug").
//
// Thread:    one at a time; whoever owns the Database says which.
// Owner:     a Statement borrows its Database, which outlives it. Views of columns live until the next step or reset.
// Errors:    kStoreUnavailable when the disk is full or fails, kInternal otherwise, both with the file's name.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sojourn {

enum class Durability {
  kPowerCut,  // a commit is on the medium before it returns (synchronous=FULL)
  kCrash,     // a commit outlives the process; a power cut may take the newest ones, never the order (NORMAL)
};

// Takes a file's tables from one schema to the next.
struct SchemaStep {
  std::int64_t from = 0;
  const char* sql = "";  // statements, separated by semicolons
};

class Statement;

class Database {
 public:
  // Opens or makes the file, with a write-ahead log and readable by its owner only. Takes the lock that keeps every
  // other process out.
  static Result<Database> open(const std::string& path, Durability durability);

  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;

  // Statements without results, separated by semicolons.
  Status run(const char* sql);
  Result<Statement> prepare(std::string_view sql);

  // A number that the file keeps for whoever lays out its tables; 0 in a new file.
  Result<std::int64_t> schema_version();
  Status set_schema_version(std::int64_t version);
  // Makes the tables in a new file, in one transaction with the version. A file of an older version is taken to the
  // present one by `steps`, all in one transaction. One of a newer version is refused as it is, and so is one that no
  // step leads from; `otherwise` ends that message with what there is to do.
  Status lay_out(std::int64_t version, const char* tables, std::string_view otherwise,
                 std::span<const SchemaStep> steps = {});

  // What the next commits are to outlive. A commit that outlives a power cut takes along what was committed before it.
  // REQUIRES: no transaction is open.
  Status set_durability(Durability durability);

  struct Size {
    std::uint64_t on_disk = 0;  // bytes of the file and its log
    std::uint64_t in_use = 0;   // bytes of pages that hold something
  };
  Result<Size> size();

  const std::string& path() const { return *path_; }

  // The version of the library, such as "3.40.1".
  static std::string_view library_version();

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Database(sqlite3* handle, const std::string& path) : handle_(handle), path_(std::make_unique<std::string>(path)) {}
  static Result<Database> adopt(sqlite3* handle, int opened, const std::string& path);
  Result<std::int64_t> pragma(std::string_view name);
  Status upgrade(std::int64_t from, std::int64_t to, std::string_view otherwise, std::span<const SchemaStep> steps);

  std::unique_ptr<sqlite3, Close> handle_;
  std::unique_ptr<const std::string> path_;  // has one address for its statements
};

class Statement {
 public:
  // Parameters are numbered from 1 in the order of their question marks. Bytes are copied.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view bytes);
  // Not copied: they stay until the statement has come to its end or was reset.
  Statement& bind_view(int index, std::string_view bytes);
  Statement& bind_null(int index);

  // Runs to the next row. True: there is one. After false or an error it is ready to be bound and run again.
  Result<bool> step();
  // Runs to the end, whatever rows there are.
  Status run();
  // Gives up the rows that were not looked at, and makes it ready again.
  void reset();

  // Columns of the row, numbered from 0.
  std::int64_t integer(int column) const;
  std::string_view bytes(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  Statement(sqlite3_stmt* handle, const std::string& path) : handle_(handle), path_(&path) {}

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  const std::string* path_;
};

class Transaction {
 public:
  static Result<Transaction> begin(Database& database);

  Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace sojourn
