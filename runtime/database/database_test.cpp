#include "runtime/database/database.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/temporary_directory.h"

using namespace sojourn;

namespace {

Database opened(const std::string& path) {
  auto database = Database::open(path, Durability::kCrash);
  REQUIRE_MESSAGE(database.ok(), (database.ok() ? "" : database.error().text()));
  return std::move(*database);
}

}  // namespace

TEST_CASE("database: what was committed is there when the file is opened again, bytes unchanged") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.db";
  const std::string bytes("\0\xFF x", 4);
  {
    Database database = opened(path);
    REQUIRE(database.run("CREATE TABLE t(k BLOB PRIMARY KEY, n INTEGER)").ok());
    auto transaction = Transaction::begin(database);
    REQUIRE(transaction.ok());
    auto insert = database.prepare("INSERT INTO t VALUES(?, ?)");
    REQUIRE(insert.ok());
    REQUIRE(insert->bind(1, bytes).bind(2, std::int64_t{-7}).run().ok());
    REQUIRE(transaction->commit().ok());
  }
  Database database = opened(path);
  auto query = database.prepare("SELECT k, n FROM t");
  REQUIRE(query.ok());
  auto row = query->step();
  REQUIRE((row.ok() && *row));
  CHECK(query->bytes(0) == bytes);
  CHECK(query->integer(1) == -7);
  row = query->step();
  CHECK((row.ok() && !*row));
}

TEST_CASE("database: a transaction that is dropped leaves nothing behind") {
  const TemporaryDirectory directory;
  Database database = opened(directory.path() + "/a.db");
  REQUIRE(database.run("CREATE TABLE t(n INTEGER)").ok());
  {
    auto transaction = Transaction::begin(database);
    REQUIRE(transaction.ok());
    REQUIRE(database.run("INSERT INTO t VALUES(1)").ok());
  }
  auto count = database.prepare("SELECT count(*) FROM t");
  REQUIRE(count.ok());
  REQUIRE(count->step().ok());
  CHECK(count->integer(0) == 0);
}

TEST_CASE("database: a second opener is told that one server may use it") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.db";
  Database first = opened(path);
  const auto second = Database::open(path, Durability::kCrash);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code() == ErrorCode::kStoreUnavailable);
  CHECK(second.error().text().find("only one server may use it") != std::string::npos);
}

TEST_CASE("database: a file that is no database is refused with a way out") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.db";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string text(4096, 'x');
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(fd);
  const auto database = Database::open(path, Durability::kCrash);
  REQUIRE_FALSE(database.ok());
  CHECK(database.error().text().find("move it away to begin anew") != std::string::npos);
}

TEST_CASE("database: the file is its owner's only") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.db";
  Database database = opened(path);
  REQUIRE(database.run("CREATE TABLE t(n INTEGER)").ok());
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  REQUIRE(::stat((path + "-wal").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("database: the schema's version is kept") {
  const TemporaryDirectory directory;
  Database database = opened(directory.path() + "/a.db");
  CHECK(*database.schema_version() == 0);
  REQUIRE(database.set_schema_version(3).ok());
  CHECK(*database.schema_version() == 3);
}
