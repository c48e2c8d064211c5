// What every journal engine has to do, shown on each engine that there is.
#include <doctest/doctest.h>
#include <functional>
#include <limits>
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
    REQUIRE(engine.begin(Outlives::kPowerCut).ok());
    auto result = operation(engine);
    REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().text()));
    REQUIRE(engine.commit().ok());
    return *result;
  }

  Accepted accept(const Acceptance& acceptance, EpochMs now = 0) {
    return batch([&](JournalEngine& engine) { return engine.accept(acceptance, now); });
  }
  std::vector<LeasedJob> lease(EpochMs now = 1000, std::size_t most = 100, std::string_view lane = "l") {
    return batch([&](JournalEngine& engine) { return engine.lease(lane, now, most); });
  }
  bool complete(const LeasedJob& job, const Completion& completion = {}) {
    return batch([&](JournalEngine& engine) { return engine.complete(job.job, job.token, completion, 2000); });
  }
  bool retry(const LeasedJob& job, EpochMs due) {
    return batch([&](JournalEngine& engine) { return engine.retry(job.job, job.token, {"error", "500"}, due, 1500); });
  }
  bool bury(const LeasedJob& job) {
    return batch([&](JournalEngine& engine) {
      return engine.bury(job.job, job.token, {"crash", "signal 11"}, {}, 3000);
    });
  }
  bool redrive(std::int64_t letter) {
    return batch([&](JournalEngine& engine) { return engine.redrive(letter, 0); });
  }
  bool rebind(const std::string& run, const std::string& definition) {
    return batch([&](JournalEngine& engine) { return engine.rebind(run, definition); });
  }
  bool drop_letter(std::int64_t letter) {
    return batch([&](JournalEngine& engine) { return engine.drop_letter(letter, 0); });
  }
  bool cancel(const std::string& run) {
    return batch([&](JournalEngine& engine) { return engine.cancel(run, 1); });
  }
  RunView run(const std::string& id) {
    auto view = this->engine().run(id);
    REQUIRE(view.ok());
    REQUIRE(view->has_value());
    return **view;
  }
  std::vector<JobView> jobs(const std::string& run) { return seen(this->engine().jobs(run)); }
  std::vector<DeadLetter> letters(const ListFilter& filter = {}) { return seen(this->engine().letters(filter)).rows; }
  LaneView lane(std::string_view name) {
    for (const LaneView& view : seen(this->engine().lanes())) {
      if (view.lane == name) return view;
    }
    return {};
  }
  std::vector<std::string> woken() {
    std::vector<std::string> texts;
    for (const LaneWake& wake : this->engine().take_woken())
      texts.push_back(wake.lane + "@" + std::to_string(wake.due));
    return texts;
  }

  template <class T>
  static T seen(Result<T> result) {
    REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().text()));
    return std::move(*result);
  }
};

JobSpec job(const std::string& step, EpochMs due = 0, const std::string& lane = "l") {
  return {step, lane, std::nullopt, due};
}

Acceptance event(const std::string& id, const std::string& key = {}, const std::string& pipeline = "p") {
  Acceptance acceptance;
  acceptance.event = {"source", id, "type", "{}", "data of " + id, std::nullopt};
  acceptance.dedupe = {{"source " + id, 1'000'000}};
  acceptance.runs = {{"run-" + id, pipeline, "commit", key, AfterFailure::kContinue, {job("first")}}};
  return acceptance;
}

Acceptance holding(const std::string& id, const std::string& key) {
  Acceptance acceptance = event(id, key);
  acceptance.runs[0].after_failure = AfterFailure::kHold;
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
  CHECK(jobs[0].input == acceptance.event);
  CHECK(jobs[0].event_number == accepted.event);
  CHECK(jobs[0].run == "run-1");
  CHECK(jobs[0].pipeline == "p");
  CHECK(jobs[0].definition == "commit");
  CHECK(jobs[0].key == "key");
  CHECK(jobs[0].step == "first");
  CHECK(jobs[0].lane == "l");
  CHECK(jobs[0].attempt == 1);
}

TEST_CASE_TEMPLATE("journal: an event that keeps behind others waits as long as there are open jobs in their lane",
                   Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  const auto accepted = [&](const std::string& id) {
    Acceptance acceptance = event(id);
    acceptance.waiting = RunSpec{"waits-" + id, "q", "commit", "", AfterFailure::kContinue, {job("wait", 0, "queue")}};
    return stage.accept(acceptance).run;
  };
  CHECK(accepted("1") == "run-1");
  Acceptance first = event("0");
  first.runs.front().jobs = {job("wait", 0, "queue")};
  stage.accept(first);
  CHECK(accepted("2") == "waits-2");
  stage.reopen();
  CHECK(accepted("3") == "waits-3");
  const auto jobs = stage.lease(1000, 100, "queue");
  REQUIRE(jobs.size() == 3);
  CHECK(accepted("4") == "waits-4");
  for (const LeasedJob& one : jobs) CHECK(stage.complete(one));
  REQUIRE(stage.cancel("waits-4"));
  CHECK(accepted("5") == "run-5");
}

TEST_CASE_TEMPLATE("journal: a batch that is rolled back leaves nothing", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  REQUIRE(stage.engine().begin(Outlives::kProcess).ok());
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
  const auto jobs_of_run = stage.jobs("run-1");
  REQUIRE(jobs_of_run.size() == 1);
  CHECK(jobs_of_run[0].state == JobState::kDone);
  CHECK(jobs_of_run[0].ended == 2000);
  CHECK(stage.engine().stats()->open_jobs == 0);
}

TEST_CASE_TEMPLATE("journal: what a completion brings along commits with it, the next steps and the events it emitted",
                   Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  const auto jobs = stage.lease();
  Completion completion;
  const EventRecord input{"step", "i", "t", "{}", "input of second", std::nullopt};
  completion.next = {{"second", "l", input, 0}, job("third", 5000)};
  completion.emitted = {event("2")};
  CHECK(stage.complete(jobs[0], completion));
  const auto next = stage.lease(1000);
  REQUIRE(next.size() == 2);
  CHECK(next[0].step == "second");
  CHECK(next[0].input == input);
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
  CHECK(stage.lane("l").first_due == 10'000);
  CHECK(stage.woken() == std::vector<std::string>{"l@0"});
  stage.reopen();
  const auto again = stage.lease(10'000);
  REQUIRE(again.size() == 1);
  CHECK(again[0].attempt == 2);
}

TEST_CASE_TEMPLATE("journal: an attempt that is given back does not count", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  const auto taken = stage.lease()[0];
  CHECK(stage.batch([&](JournalEngine& engine) { return engine.give_back(taken.job, taken.token, 500); }));
  CHECK(stage.lease(499).empty());
  CHECK(stage.lease(500)[0].attempt == 1);
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
  completion.next = {job("second")};
  CHECK(stage.complete(jobs[0], completion));
  jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].step == "second");
  CHECK(stage.bury(jobs[0]));
  jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].run == "run-2");
  CHECK(stage.cancel("run-2"));
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
  REQUIRE(stage.letters().size() == 1);
  const DeadLetter letter = stage.letters().front();
  CHECK(letter.run == "run-1");
  CHECK(letter.step == "first");
  CHECK(letter.attempts == 2);
  CHECK(letter.error.kind == "crash");
  REQUIRE(letter.failures.size() == 2);
  CHECK(letter.failures[0].at == 1500);
  CHECK(letter.failures[0].error.text == "500");
  CHECK(letter.failures[1].number == 2);
  CHECK(letter.event.data == "data of 1");
  CHECK(letter.input == letter.event);
  CHECK(stage.engine().letter(letter.number)->has_value());
  CHECK(stage.redrive(letter.number));
  CHECK_FALSE(stage.redrive(letter.number));
  CHECK(stage.run("run-1").state == RunState::kActive);
  const auto jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].attempt == 1);
  CHECK(stage.complete(jobs[0]));
  CHECK(stage.run("run-1").state == RunState::kDone);
}

TEST_CASE_TEMPLATE("journal: a run that is bound anew hands out its jobs with the new definition", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  CHECK(stage.bury(stage.lease()[0]));
  CHECK(stage.redrive(1));
  CHECK(stage.rebind("run-1", "another"));
  CHECK_FALSE(stage.rebind("run-9", "another"));
  const auto jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].definition == "another");
  CHECK(stage.run("run-1").definition == "another");
}

TEST_CASE_TEMPLATE("journal: a letter driven again waits its turn behind a run of the same key", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1", "k"));
  CHECK(stage.bury(stage.lease()[0]));
  stage.accept(event("2", "k"));
  CHECK(stage.redrive(1));
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
    return stage.batch([&](JournalEngine& engine) { return engine.forget(before, 20, 100); }).events;
  };
  CHECK(forget(10) == 0);
  CHECK(forget(11) == 1);
  CHECK_FALSE(stage.engine().run("run-done")->has_value());
  CHECK(stage.drop_letter(1));
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
  REQUIRE(stage.letters().size() == 1);
  CHECK(stage.letters().front().error.text.find("checksum") != std::string::npos);
  CHECK(stage.engine().stats()->damaged_rows == 1);
}

TEST_CASE_TEMPLATE("journal: a job waits in its lane alone", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  Acceptance acceptance = event("1");
  acceptance.runs[0].jobs = {job("a", 0, "slow"), job("b", 0, "fast")};
  stage.accept(acceptance, 7);
  CHECK(stage.lease(1000, 10, "l").empty());
  REQUIRE(stage.lease(1000, 10, "fast").size() == 1);
  CHECK(stage.lane("slow").ready == 1);
  CHECK(stage.lane("slow").oldest_event == 7);
  CHECK(stage.lane("fast").ready == 0);
  CHECK(stage.lane("fast").leased == 1);
  CHECK(stage.lane("fast").oldest_event == 7);
  stage.reopen();
  CHECK(stage.lane("fast").ready == 1);
}

TEST_CASE_TEMPLATE("journal: the oldest event that is not done is told while it is under way, too", Engine,
                   SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  CHECK(stage.engine().stats()->oldest_open == 0);
  stage.accept(event("1"), 7);
  stage.accept(event("2"), 8);
  const auto taken = stage.lease(1000, 2);
  REQUIRE(taken.size() == 2);
  stage.accept(event("3"), 9);
  CHECK(stage.lane("l").oldest_event == 7);
  CHECK(stage.engine().stats()->oldest_open == 7);
  CHECK(stage.complete(taken[0]));
  CHECK(stage.engine().stats()->oldest_open == 8);
  CHECK(stage.complete(taken[1]));
  CHECK(stage.engine().stats()->oldest_open == 9);
}

TEST_CASE_TEMPLATE("journal: who commits is told which lanes woke and when the first job is due", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  REQUIRE(stage.engine().begin(Outlives::kProcess).ok());
  REQUIRE(stage.engine().accept(event("0"), 0).ok());
  stage.engine().rollback();
  CHECK(stage.woken().empty());
  Acceptance acceptance = event("1", "k");
  acceptance.runs[0].jobs = {job("a", 300, "x"), job("b", 200, "x"), job("c", 100, "y")};
  stage.accept(acceptance);
  CHECK(stage.woken() == std::vector<std::string>{"x@200", "y@100"});
  CHECK(stage.woken().empty());
  stage.accept(event("2", "k"));
  CHECK(stage.woken().empty());
  CHECK(stage.retry(stage.lease(1000, 1, "y")[0], 900));
  CHECK(stage.woken() == std::vector<std::string>{"y@900"});
  CHECK(stage.cancel("run-1"));
  CHECK(stage.woken() == std::vector<std::string>{"l@0"});
}

TEST_CASE_TEMPLATE("journal: a completion can begin other runs of the same event, and answer for its own", Engine,
                   SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  const Accepted accepted = stage.accept(event("1"));
  Completion completion;
  completion.runs = event("2").runs;
  completion.result = RunResult{200, "[]", "hello", std::nullopt};
  CHECK(stage.complete(stage.lease()[0], completion));
  CHECK(stage.run("run-2").event == accepted.event);
  CHECK(*stage.engine().result("run-1") == completion.result);
  CHECK_FALSE(stage.engine().result("run-2")->has_value());
  ListFilter of_event;
  of_event.event = accepted.event;
  CHECK(stage.seen(stage.engine().runs(of_event)).rows.size() == 2);
}

TEST_CASE_TEMPLATE("journal: a run can begin later of an event that is kept, and of no other", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  const Accepted accepted = stage.accept(event("1"));
  const RunSpec again = event("again").runs[0];
  CHECK(stage.batch([&](JournalEngine& engine) { return engine.begin_run(accepted.event, again, 5); }));
  CHECK_FALSE(stage.batch([&](JournalEngine& engine) { return engine.begin_run(accepted.event + 1, again, 5); }));
  CHECK(stage.lease().size() == 2);
}

TEST_CASE_TEMPLATE("journal: a run that fails without a letter keeps its answer and the reason", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  const LeasedJob taken = stage.lease()[0];
  const RunResult answer{502, "[]", "no", std::nullopt};
  CHECK(stage.batch([&](JournalEngine& engine) {
    return engine.fail(taken.job, taken.token, {"crash", "signal 11"}, {answer, {}}, 9);
  }));
  CHECK(stage.run("run-1").state == RunState::kFailed);
  CHECK(stage.letters().empty());
  CHECK(stage.jobs("run-1")[0].failures[0].error.kind == "crash");
  CHECK(stage.engine().result("run-1")->value() == answer);
}

TEST_CASE_TEMPLATE(
    "journal: a job that is buried may be followed by another one, and its run ends failed with that one", Engine,
    SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"));
  const LeasedJob taken = stage.lease()[0];
  const Aftermath after{RunResult{502, "[]", "no", std::nullopt}, {job("tell", 0, "callbacks")}};
  CHECK(stage.batch([&](JournalEngine& engine) {
    return engine.bury(taken.job, taken.token, {"crash", "signal 11"}, after, 9);
  }));
  CHECK(stage.run("run-1").state == RunState::kActive);
  CHECK(stage.letters().size() == 1);
  CHECK(stage.engine().result("run-1")->value() == *after.result);
  const auto told = stage.lease(1000, 100, "callbacks");
  REQUIRE(told.size() == 1);
  CHECK(stage.complete(told[0]));
  CHECK(stage.run("run-1").state == RunState::kFailed);
  CHECK(stage.redrive(1));
  CHECK(stage.complete(stage.lease()[0]));
  CHECK(stage.run("run-1").state == RunState::kDone);
}

TEST_CASE_TEMPLATE("journal: where the pipeline holds, later runs of the key wait until every letter is gone", Engine,
                   SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  Acceptance first = holding("1", "k");
  first.runs[0].jobs.push_back(job("other"));
  stage.accept(first);
  stage.accept(holding("2", "k"));
  for (const LeasedJob& taken : stage.lease()) CHECK(stage.bury(taken));
  CHECK(stage.run("run-1").state == RunState::kFailed);
  CHECK(stage.lease().empty());
  CHECK(stage.redrive(1));
  const auto again = stage.lease();
  REQUIRE(again.size() == 1);
  CHECK(again[0].run == "run-1");
  CHECK(stage.complete(again[0]));
  CHECK(stage.lease().empty());
  CHECK(stage.drop_letter(2));
  const auto next = stage.lease();
  REQUIRE(next.size() == 1);
  CHECK(next[0].run == "run-2");
}

TEST_CASE_TEMPLATE("journal: one that is cancelled while it waits calls nobody who waits too", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1", "k"));
  CHECK(stage.bury(stage.lease()[0]));
  stage.accept(event("2", "k"));
  CHECK(stage.redrive(1));
  stage.accept(event("3", "k"));
  CHECK(stage.cancel("run-3"));
  const auto jobs = stage.lease();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].run == "run-2");
}

TEST_CASE_TEMPLATE("journal: lists show the newest first, as many as asked for, and only what is wanted", Engine,
                   SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  for (int i = 1; i <= 5; ++i) {
    Acceptance made = event(std::to_string(i), "", i % 2 == 0 ? "even" : "odd");
    made.event.type = i < 3 ? "com.example.low" : "com.example.high";
    stage.accept(made, 100 * i);
  }
  const auto numbers = [&](const ListFilter& filter) {
    std::string text;
    for (const EventView& one : stage.seen(stage.engine().events(filter)).rows) text += std::to_string(one.number);
    text += ' ';
    for (const RunView& one : stage.seen(stage.engine().runs(filter)).rows) text += std::to_string(one.number);
    return text;
  };
  ListFilter filter;
  CHECK(numbers(filter) == "54321 54321");
  filter.most = 2;
  CHECK(numbers(filter) == "54 54");
  filter.before = 4;
  CHECK(numbers(filter) == "32 32");
  filter = {};
  filter.since = 200;
  filter.until = 400;
  CHECK(numbers(filter) == "32 32");
  filter = {};
  filter.type = "com.example.l*";
  CHECK(numbers(filter) == "21 54321");
  filter.type = "com.example.l";
  CHECK(numbers(filter) == " 54321");
  filter = {};
  filter.pipeline = "even";
  CHECK(numbers(filter) == "54321 42");
  filter = {};
  filter.state = RunState::kDone;
  CHECK(stage.complete(stage.lease(1000, 1)[0]));
  CHECK(numbers(filter) == "54321 1");
  filter = {};
  filter.source = "elsewhere";
  CHECK(numbers(filter) == " 54321");
}

TEST_CASE_TEMPLATE("journal: a list that is full says where it goes on, and the last one that there is no more", Engine,
                   SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  for (int i = 1; i <= 4; ++i) stage.accept(event(std::to_string(i)), 100);
  for (const LeasedJob& taken : stage.lease()) CHECK(stage.bury(taken));
  ListFilter filter;
  filter.most = 2;
  CHECK(stage.seen(stage.engine().events(filter)).next == 3);
  CHECK(stage.seen(stage.engine().runs(filter)).next == 3);
  CHECK(stage.seen(stage.engine().letters(filter)).next == 3);
  filter.before = 3;
  CHECK(stage.seen(stage.engine().events(filter)).rows.size() == 2);
  CHECK(stage.seen(stage.engine().events(filter)).next == 0);
  CHECK(stage.seen(stage.engine().runs(filter)).next == 0);
  CHECK(stage.seen(stage.engine().letters(filter)).next == 0);
}

TEST_CASE("journal: a list that looked at as much as it may goes on below, though nothing fitted") {
  Stage<SqliteEngine> stage;
  for (int i = 1; i <= 30; ++i) {
    Acceptance made = event(std::to_string(i), "", i <= 5 ? "old" : "new");
    made.event.type = i <= 5 ? "old" : "new";
    stage.accept(made, 1'000'000 * i);
  }
  for (const LeasedJob& taken : stage.lease(100'000'000, 30)) CHECK(stage.bury(taken));
  ListFilter filter;
  filter.looks = 10;
  filter.type = "old";
  filter.pipeline = "old";
  const auto check = [&](auto list) {
    std::string way;
    for (ListFilter at = filter;;) {
      const auto listed = stage.seen((stage.engine().*list)(at));
      way += std::to_string(listed.rows.size()) + " ";
      if (listed.next == 0) return way;
      way += std::to_string(listed.next) + ": ";
      at.before = listed.next;
    }
  };
  CHECK(check(&JournalEngine::events) == "0 21: 0 11: 5 ");
  CHECK(check(&JournalEngine::runs) == "0 21: 0 11: 5 ");
  CHECK(check(&JournalEngine::letters) == "0 21: 0 11: 5 ");
  filter.since = 15'000'000;  // what is older is not looked for
  CHECK(check(&JournalEngine::events) == "0 21: 0 ");
  CHECK(check(&JournalEngine::runs) == "0 21: 0 ");
}

TEST_CASE_TEMPLATE("journal: runs that wait for somebody to take them are listed among those that wait", Engine,
                   SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1", "", "queue:mails"));
  stage.accept(event("2", "", "shop"));
  stage.accept(event("3", "", "queue:mails"));
  CHECK(stage.cancel("run-3"));
  const auto listed = [&](RunState state) {
    ListFilter filter;
    filter.state = state;
    filter.waiting_for_somebody = "queue:";
    std::string text;
    for (const RunView& one : stage.seen(stage.engine().runs(filter)).rows) text += one.id;
    filter.event = 1;
    for (const RunView& one : stage.seen(stage.engine().runs(filter)).rows) text += "+" + one.id;
    return text;
  };
  CHECK(listed(RunState::kHeld) == "run-1+run-1");
  CHECK(listed(RunState::kActive) == "run-2");
  CHECK(listed(RunState::kCancelled) == "run-3");
}

TEST_CASE_TEMPLATE("journal: letters are found by their pipeline and their run", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1", "", "p"));
  stage.accept(event("2", "", "q"));
  for (const LeasedJob& taken : stage.lease()) CHECK(stage.bury(taken));
  ListFilter filter;
  CHECK(stage.letters(filter).size() == 2);
  filter.pipeline = "q";
  REQUIRE(stage.letters(filter).size() == 1);
  CHECK(stage.letters(filter)[0].run == "run-2");
  filter = {};
  filter.run = "run-1";
  REQUIRE(stage.letters(filter).size() == 1);
  CHECK(stage.letters(filter)[0].pipeline == "p");
  CHECK(stage.letters(filter)[0].definition == "commit");
  CHECK_FALSE(stage.engine().letter(3)->has_value());
  CHECK_FALSE(stage.engine().letter(std::numeric_limits<std::int64_t>::max())->has_value());
  filter = {};
  filter.before = std::numeric_limits<std::int64_t>::min();
  CHECK(stage.letters(filter).empty());
}

TEST_CASE_TEMPLATE("journal: a mark is kept until it is set again", Engine, SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  CHECK_FALSE(stage.engine().mark("cron nightly")->has_value());
  for (const std::int64_t value : {7, 8}) {
    REQUIRE(stage.engine().begin(Outlives::kPowerCut).ok());
    REQUIRE(stage.engine().set_mark("cron nightly", value).ok());
    REQUIRE(stage.engine().commit().ok());
  }
  stage.reopen();
  CHECK(stage.engine().mark("cron nightly")->value() == 8);
}

TEST_CASE_TEMPLATE("journal: a payload is in use as long as an event, an input or an answer names it", Engine,
                   SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  const Digest of_event{{1}};
  const Digest of_input{{2}};
  const Digest of_answer{{3}};
  const auto uses = [&](const Digest& blob) { return stage.seen(stage.engine().uses(blob)); };
  CHECK_FALSE(uses(of_event));
  Acceptance acceptance = event("1");
  acceptance.event.blob = of_event;
  acceptance.runs[0].jobs[0].input = EventRecord{"s", "i", "t", "{}", "", of_input};
  stage.accept(acceptance, 10);
  CHECK(uses(of_event));
  CHECK(uses(of_input));
  Completion completion;
  completion.result = RunResult{200, "[]", "", of_answer};
  const LeasedJob taken = stage.lease()[0];
  CHECK(taken.input.blob == of_input);
  CHECK(stage.complete(taken, completion));
  CHECK_FALSE(uses(of_input));
  CHECK(uses(of_answer));
  stage.batch([&](JournalEngine& engine) { return engine.forget(11, 20, 10); });
  CHECK_FALSE(uses(of_event));
  CHECK_FALSE(uses(of_answer));
}

TEST_CASE_TEMPLATE("journal: forgetting looks at a bounded number of events, and goes on behind them", Engine,
                   SqliteEngine, MemoryEngine) {
  Stage<Engine> stage;
  for (int i = 0; i < 5; ++i) stage.accept(event(std::to_string(i)), 10);
  for (const LeasedJob& taken : stage.lease(1000, 100)) {
    if (taken.run != "run-0" && taken.run != "run-1") CHECK(stage.complete(taken));
  }
  const auto forget = [&] { return stage.batch([&](JournalEngine& engine) { return engine.forget(11, 20, 2); }); };
  CHECK(forget().events == 0);
  CHECK(forget().events == 2);
  const Forgotten last = forget();
  CHECK(last.events == 1);
  CHECK(last.is_through);
  CHECK(forget().events == 0);
}

TEST_CASE_TEMPLATE("journal: when the clock is set back, nothing waits longer than it would have", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  constexpr EpochMs kNoon = 1'000'000'000;
  constexpr EpochMs kHour = 3'600'000;
  Acceptance acceptance = event("1");
  acceptance.runs[0].jobs = {job("now", kNoon), job("soon", kNoon + 5'000)};
  stage.accept(acceptance, kNoon);
  stage.woken();
  stage.reopen();
  CHECK(stage.lease(kNoon - kHour).size() == 1);
  CHECK(stage.woken() == std::vector<std::string>{"l@" + std::to_string(kNoon - kHour)});
  CHECK(stage.lease(kNoon - kHour + 4'999).empty());
  CHECK(stage.lease(kNoon - kHour + 5'000).size() == 1);
}

TEST_CASE_TEMPLATE("journal: when the clock is set forward, what is due by it is due", Engine, SqliteEngine,
                   MemoryEngine) {
  Stage<Engine> stage;
  stage.accept(event("1"), 1'000);
  CHECK(stage.retry(stage.lease(1'000)[0], 5'000));
  CHECK(stage.lease(90'000'000).size() == 1);
}
