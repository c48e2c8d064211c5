// What every journal engine has to do, shown on each engine that there is.
#include <doctest/doctest.h>
#include <functional>
#include <memory>

#include "loader/temporary_directory.h"
#include "runtime/event/journal/memory_engine.h"
#include "runtime/event/journal/sqlite_engine.h"

using namespace sojourn;

namespace {

// An engine that can be closed and opened again.
template <class Engine>
class Opening;

template <>
class Opening<SqliteEngine> {
 public:
  Opening() { reopen(); }
  void reopen() {
    engine_.reset();
    auto opened = SqliteEngine::open(path());
    REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().text()));
    engine_ = std::move(*opened);
  }
  // Changes the file behind the engine's back.
  void damage(const char* sql) {
    engine_.reset();
    {
      auto database = Database::open(path(), Durability::kPowerCut);
      REQUIRE(database.ok());
      REQUIRE(database->run(sql).ok());
    }
    reopen();
  }
  JournalEngine& engine() { return *engine_; }

 private:
  std::string path() const { return directory_.path() + "/journal.db"; }

  TemporaryDirectory directory_;
  std::unique_ptr<SqliteEngine> engine_;
};

template <>
class Opening<MemoryEngine> {
 public:
  void reopen() { engine_.begin_epoch(); }
  JournalEngine& engine() { return engine_; }

 private:
  MemoryEngine engine_;
};

// Each operation in a batch of its own.
template <class Engine>
class Stage : public Opening<Engine> {
 public:
  template <class Operation>
  auto batch(Operation operation) {
    JournalEngine& engine = this->engine();
    REQUIRE(engine.begin().ok());
    auto result = operation(engine);
    REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().text()));
    REQUIRE(engine.commit().ok());
    return *result;
  }

  Accepted accept(const Acceptance& acceptance, EpochMs now = 0) {
    return batch([&](JournalEngine& engine) { return engine.accept(acceptance, now); });
  }
  std::vector<LeasedJob> lease(EpochMs now = 1000, std::size_t most = 100) {
    return batch([&](JournalEngine& engine) { return engine.lease(now, most); });
  }
  bool complete(const LeasedJob& job, const Completion& completion = {}) {
    return batch([&](JournalEngine& engine) { return engine.complete(job.job, job.token, completion, 2000); });
  }
  bool retry(const LeasedJob& job, EpochMs due) {
    return batch([&](JournalEngine& engine) { return engine.retry(job.job, job.token, {"error", "500"}, due); });
  }
  bool bury(const LeasedJob& job) {
    return batch([&](JournalEngine& engine) { return engine.bury(job.job, job.token, {"crash", "signal 11"}, 3000); });
  }
  RunView run(const std::string& id) {
    auto view = this->engine().run(id);
    REQUIRE(view.ok());
    REQUIRE(view->has_value());
    return **view;
  }
};

Acceptance event(const std::string& id, const std::string& key = {}, const std::string& pipeline = "p") {
  Acceptance acceptance;
  acceptance.event = {"source", id, "type", "{}", "data of " + id, std::nullopt};
  acceptance.dedupe = {{"source " + id, 1'000'000}};
  acceptance.runs = {{"run-" + id, pipeline, "commit", key, {{"first", "", 0}}}};
  return acceptance;
}

}  // namespace

TEST_CASE_TEMPLATE("journal: an accepted event is leased with everything that was accepted, also after a restart",
                   Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  Acceptance acceptance = event("1", "key");
  acceptance.event.blob = Digest{{1, 2, 3}};
  acceptance.event.data.clear();
  acceptance.event.attributes = std::string("{\"a\":\"\0\"}", 9);
  const Accepted accepted = stage.accept(acceptance);
  CHECK_FALSE(accepted.is_duplicate);
  stage.reopen();
  const auto jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].event == acceptance.event);
  CHECK(jobs[0].event_number == accepted.event);
  CHECK(jobs[0].run == "run-1");
  CHECK(jobs[0].pipeline == "p");
  CHECK(jobs[0].definition == "commit");
  CHECK(jobs[0].key == "key");
  CHECK(jobs[0].step == "first");
  CHECK(jobs[0].attempt == 1);
}

TEST_CASE_TEMPLATE("journal: a batch that is rolled back leaves nothing", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  REQUIRE(stage.engine().begin().ok());
  REQUIRE(stage.engine().accept(event("1"), 0).ok());
  stage.engine().rollback();
  CHECK(stage.lease().empty());
  CHECK_FALSE(stage.accept(event("1")).is_duplicate);
}

TEST_CASE_TEMPLATE("journal: the same event is a duplicate of the first until its window ends", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  const Accepted first = stage.accept(event("1"), 0);
  const Accepted again = stage.accept(event("1"), 999'999);
  CHECK(again.is_duplicate);
  CHECK(again.event == first.event);
  CHECK(again.run == "run-1");
  Acceptance later = event("1");
  later.runs[0].id = "run-1-later";
  CHECK_FALSE(stage.accept(later, 1'000'000).is_duplicate);
}

TEST_CASE_TEMPLATE("journal: one of several names is enough to know an event again", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  Acceptance acceptance = event("1");
  acceptance.dedupe.push_back({"body hash", 1'000'000});
  stage.accept(acceptance);
  Acceptance other = event("2");
  other.dedupe.push_back({"body hash", 1'000'000});
  CHECK(stage.accept(other).is_duplicate);
}

TEST_CASE_TEMPLATE("journal: a leased job is nobody else's, and done it is gone", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  const auto jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(stage.lease().empty());
  CHECK(stage.run("run-1").state == RunState::kActive);
  CHECK(stage.complete(jobs[0]));
  CHECK_FALSE(stage.complete(jobs[0]));
  CHECK(stage.run("run-1").state == RunState::kDone);
  CHECK(stage.run("run-1").ended == 2000);
  CHECK(*stage.engine().open_jobs() == 0);
}

TEST_CASE_TEMPLATE("journal: what a completion brings along commits with it, the next steps and the events it emitted",
                   Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  const auto jobs = stage.lease();
  Completion completion;
  completion.next = {{"second", "input of second", 0}, {"third", "", 5000}};
  completion.emitted = {event("2")};
  CHECK(stage.complete(jobs[0], completion));
  const auto next = stage.lease(1000);
  REQUIRE(next.size() == 2);
  CHECK(next[0].step == "second");
  CHECK(next[0].input == "input of second");
  CHECK(next[0].run == "run-1");
  CHECK(next[1].run == "run-2");
  CHECK(stage.run("run-1").open_jobs == 2);
  CHECK(stage.lease(5000).size() == 1);
}

TEST_CASE_TEMPLATE("journal: a retry waits for its time, and counts", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  CHECK(stage.retry(stage.lease()[0], 10'000));
  CHECK(stage.lease(9'999).empty());
  CHECK(**stage.engine().next_due() == 10'000);
  stage.reopen();
  const auto again = stage.lease(10'000);
  REQUIRE(again.size() == 1);
  CHECK(again[0].attempt == 2);
}

TEST_CASE_TEMPLATE("journal: an attempt that is given back does not count", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  const auto job = stage.lease()[0];
  CHECK(stage.batch([&](JournalEngine& engine) { return engine.give_back(job.job, job.token); }));
  CHECK(stage.lease()[0].attempt == 1);
}

TEST_CASE_TEMPLATE("journal: a new epoch frees what an earlier one had leased, whose tokens then change nothing",
                   Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  const auto old = stage.lease()[0];
  stage.reopen();
  const auto now = stage.lease();
  REQUIRE(now.size() == 1);
  CHECK(now[0].attempt == 2);
  CHECK(now[0].token > old.token);
  CHECK_FALSE(stage.complete(old));
  CHECK_FALSE(stage.retry(old, 0));
  CHECK_FALSE(stage.bury(old));
  CHECK(stage.complete(now[0]));
}

TEST_CASE_TEMPLATE("journal: runs of one key go one after the other, others beside them", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1", "k"));
  stage.accept(event("2", "k"));
  stage.accept(event("3", "other"));
  stage.accept(event("4", "k", "another-pipeline"));
  stage.accept(event("5", "k"));
  auto jobs = stage.lease();
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[0].run == "run-1");
  CHECK(stage.run("run-2").state == RunState::kHeld);
  Completion completion;
  completion.next = {{"second", "", 0}};
  CHECK(stage.complete(jobs[0], completion));
  jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].step == "second");
  CHECK(stage.bury(jobs[0]));
  jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].run == "run-2");
  CHECK(stage.batch([](JournalEngine& engine) { return engine.cancel("run-2", 1); }));
  CHECK_FALSE(stage.complete(jobs[0]));
  jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].run == "run-5");
}

TEST_CASE_TEMPLATE("journal: a dead letter has the event, the step's input and the last error, and can be driven again",
                   Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  CHECK(stage.retry(stage.lease()[0], 0));
  CHECK(stage.bury(stage.lease()[0]));
  CHECK(stage.run("run-1").state == RunState::kFailed);
  auto letters = stage.engine().letters(0, 10);
  REQUIRE((letters.ok() && letters->size() == 1));
  const DeadLetter letter = letters->front();
  CHECK(letter.run == "run-1");
  CHECK(letter.step == "first");
  CHECK(letter.attempts == 2);
  CHECK(letter.error.kind == "crash");
  CHECK(letter.event.data == "data of 1");
  CHECK(stage.batch([&](JournalEngine& engine) { return engine.redrive(letter.number, 0); }));
  CHECK_FALSE(stage.batch([&](JournalEngine& engine) { return engine.redrive(letter.number, 0); }));
  CHECK(stage.run("run-1").state == RunState::kActive);
  const auto jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].attempt == 1);
  CHECK(stage.complete(jobs[0]));
  CHECK(stage.run("run-1").state == RunState::kDone);
}

TEST_CASE_TEMPLATE("journal: a letter driven again waits its turn behind a run of the same key", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1", "k"));
  CHECK(stage.bury(stage.lease()[0]));
  stage.accept(event("2", "k"));
  CHECK(stage.batch([&](JournalEngine& engine) { return engine.redrive(1, 0); }));
  auto jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].run == "run-2");
  CHECK(stage.complete(jobs[0]));
  jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].run == "run-1");
}

TEST_CASE_TEMPLATE("journal: what is over is forgotten, what is open or dead is kept", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("done"), 10);
  CHECK(stage.complete(stage.lease()[0]));
  stage.accept(event("dead"), 10);
  CHECK(stage.bury(stage.lease()[0]));
  stage.accept(event("open"), 10);
  const auto forget = [&](EpochMs before) {
    return stage.batch([&](JournalEngine& engine) { return engine.forget(before, 20, 100); });
  };
  CHECK(forget(10) == 0);
  CHECK(forget(11) == 1);
  CHECK_FALSE(stage.engine().run("run-done")->has_value());
  CHECK(stage.batch([](JournalEngine& engine) { return engine.drop_letter(1); }));
  CHECK(forget(11) == 1);
  CHECK(stage.lease().size() == 1);
}

TEST_CASE("journal: a flipped byte is found, and the job it belongs to is buried with those words") {
  Stage<SqliteEngine> stage;
  stage.accept(event("1"));
  stage.accept(event("2"));
  stage.damage("UPDATE event SET data = x'00' WHERE seq = 1");
  const auto jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].run == "run-2");
  const auto letters = stage.engine().letters(0, 10);
  REQUIRE((letters.ok() && letters->size() == 1));
  CHECK(letters->front().error.text.find("checksum") != std::string::npos);
}
