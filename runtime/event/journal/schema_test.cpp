// Files of other schemas. The older layout is this test's own.
#include <doctest/doctest.h>

#include "loader/temporary_directory.h"
#include "runtime/event/journal/sqlite_engine.h"

using namespace sojourn;

namespace {

constexpr SchemaStep kStep{kJournalSchema - 1,
                           "CREATE TABLE mark(name BLOB PRIMARY KEY, value INTEGER NOT NULL, checksum INTEGER NOT NULL)"
                           " WITHOUT ROWID"};
constexpr SchemaStep kBrokenStep{kJournalSchema - 1, "CREATE TABLE mark(name BLOB); CREATE TABLE event(again BLOB)"};

class Stage {
 public:
  std::string path() const { return directory_.path() + "/journal.db"; }
  Database database() {
    auto opened = Database::open(path(), Durability::kCrash);
    REQUIRE(opened.ok());
    return std::move(*opened);
  }
  std::unique_ptr<SqliteEngine> engine() {
    auto opened = SqliteEngine::open(path(), Durability::kCrash);
    REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().text()));
    return std::move(*opened);
  }
  void accept() {
    const auto engine = this->engine();
    Acceptance acceptance;
    acceptance.event = {"s", "1", "t", "{}", "data", std::nullopt};
    REQUIRE(engine->begin(Outlives::kProcess).ok());
    REQUIRE(engine->accept(acceptance, 1).ok());
    REQUIRE(engine->commit().ok());
  }
  // As if it had been written by a sojourn that knew no marks.
  void age() {
    Database file = database();
    REQUIRE(file.run("DROP TABLE mark").ok());
    REQUIRE(file.set_schema_version(kJournalSchema - 1).ok());
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("journal: a file of an older schema is taken to the present one, with what it holds") {
  Stage stage;
  stage.accept();
  stage.age();
  {
    Database file = stage.database();
    REQUIRE(lay_out_journal(file, {&kStep, 1}).ok());
  }
  const auto engine = stage.engine();
  REQUIRE(engine->begin(Outlives::kProcess).ok());
  CHECK(engine->set_mark("m", 7).ok());
  REQUIRE(engine->commit().ok());
  CHECK(engine->event(1)->value().event.data == "data");
}

TEST_CASE("journal: a step that fails leaves the older file as it was") {
  Stage stage;
  stage.accept();
  stage.age();
  {
    Database file = stage.database();
    const Status failed = lay_out_journal(file, {&kBrokenStep, 1});
    REQUIRE_FALSE(failed.ok());
    CHECK(*file.schema_version() == kJournalSchema - 1);
    CHECK(lay_out_journal(file, {&kStep, 1}).ok());
  }
  CHECK(stage.engine()->event(1)->has_value());
}

TEST_CASE("journal: a file that no step leads from is refused, and says which schema it has") {
  Stage stage;
  stage.accept();
  stage.age();
  const auto opened = SqliteEngine::open(stage.path());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().text().find("older sojourn (schema " + std::to_string(kJournalSchema - 1) + ")") !=
        std::string::npos);
}

TEST_CASE("journal: a file of a newer schema is refused, and left as it is") {
  Stage stage;
  stage.accept();
  {
    Database file = stage.database();
    REQUIRE(file.set_schema_version(kJournalSchema + 1).ok());
  }
  const auto opened = SqliteEngine::open(stage.path());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().text().find("newer sojourn") != std::string::npos);
  Database file = stage.database();
  CHECK(*file.schema_version() == kJournalSchema + 1);
}
