// The embedded engine and the engine in memory are two programs for one specification: here they get the same random
// operations, thousands of them, with batches that are rolled back and epochs that end, and have to say the same.
//
// SOJOURN_TEST_SEED repeats a run; SOJOURN_TEST_STEPS makes it longer.
#include <doctest/doctest.h>
#include <random>
#include <stdlib.h>

#include "loader/temporary_directory.h"
#include "runtime/event/journal/memory_engine.h"
#include "runtime/event/journal/sqlite_engine.h"

using namespace sojourn;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = ::getenv(name);
  return text == nullptr ? otherwise : ::strtoull(text, nullptr, 10);
}

class Comparison {
 public:
  explicit Comparison(std::uint64_t seed) : random_(seed) { reopen(); }

  void step() {
    now_ += static_cast<EpochMs>(below(50));
    if (below(300) == 0) now_ -= static_cast<EpochMs>(below(2 * kClockSlack));  // the clock is set back
    const bool keeps = below(10) != 0;
    begin();
    const std::size_t operations = 1 + below(4);
    for (std::size_t i = 0; i < operations; ++i) operate();
    keeps ? commit() : rollback();
    if (below(100) == 0) reopen();
    if (below(20) == 0) compare();
  }

 private:
  // One lease, as each engine named it.
  struct Pair {
    LeasedJob disk;
    LeasedJob memory;
  };

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  void reopen() {
    disk_.reset();
    auto opened = SqliteEngine::open(directory_.path() + "/journal.db", Durability::kCrash);
    REQUIRE(opened.ok());
    disk_ = std::move(*opened);
    memory_.begin_epoch();
  }
  void begin() {
    const Outlives outlives = below(2) == 0 ? Outlives::kProcess : Outlives::kPowerCut;
    REQUIRE(disk_->begin(outlives).ok());
    REQUIRE(memory_.begin(outlives).ok());
    leased_before_ = leased_;
  }
  void commit() {
    REQUIRE(disk_->commit().ok());
    REQUIRE(memory_.commit().ok());
    const auto disk = disk_->take_woken();
    const auto memory = memory_.take_woken();
    REQUIRE(disk.size() == memory.size());
    for (std::size_t i = 0; i < disk.size(); ++i) {
      REQUIRE(disk[i].lane == memory[i].lane);
      REQUIRE(disk[i].due == memory[i].due);
    }
  }
  void rollback() {
    disk_->rollback();
    memory_.rollback();
    leased_ = leased_before_;
  }

  Acceptance acceptance() {
    Acceptance made;
    const std::string id = std::to_string(below(400));
    made.event = {"s", id, "t", "{}", "data " + id, std::nullopt};
    made.dedupe = {{"s " + id, now_ + static_cast<EpochMs>(below(5000))}};
    const std::size_t runs = below(3);
    for (std::size_t i = 0; i < runs; ++i) {
      RunSpec run{"run-" + std::to_string(++runs_),
                  "p" + std::to_string(below(2)),
                  "d",
                  below(2) == 0 ? "" : "k" + std::to_string(below(4)),
                  below(2) == 0 ? AfterFailure::kContinue : AfterFailure::kHold,
                  {}};
      const std::size_t jobs = below(3);
      for (std::size_t k = 0; k < jobs; ++k) run.jobs.push_back(job("s" + std::to_string(k)));
      made.runs.push_back(std::move(run));
    }
    return made;
  }
  JobSpec job(const std::string& step) {
    JobSpec made{step, "lane" + std::to_string(below(3)), std::nullopt, now_ + soon()};
    if (below(4) == 0) made.input = EventRecord{"i", step, "t", "{}", "input", std::nullopt};
    return made;
  }
  EpochMs soon() { return static_cast<EpochMs>(below(200)); }

  void operate() {
    switch (below(10)) {
      case 0:
      case 1: {
        const Acceptance made = acceptance();
        const auto disk = disk_->accept(made, now_);
        const auto memory = memory_.accept(made, now_);
        REQUIRE((disk.ok() && memory.ok()));
        REQUIRE(disk->is_duplicate == memory->is_duplicate);
        REQUIRE(disk->event == memory->event);
        REQUIRE(disk->run == memory->run);
        return;
      }
      case 2:
      case 3:
        return lease();
      case 9:
        return rarely();
      default:
        return end_one();
    }
  }

  void lease() {
    const std::size_t most = 1 + below(5);
    const std::string lane = "lane" + std::to_string(below(3));
    auto disk = disk_->lease(lane, now_, most);
    auto memory = memory_.lease(lane, now_, most);
    REQUIRE((disk.ok() && memory.ok()));
    REQUIRE(disk->size() == memory->size());
    for (std::size_t i = 0; i < disk->size(); ++i) {
      const LeasedJob& one = (*disk)[i];
      const LeasedJob& other = (*memory)[i];
      REQUIRE(one.job == other.job);
      REQUIRE(one.attempt == other.attempt);
      REQUIRE(one.run == other.run);
      REQUIRE(one.step == other.step);
      REQUIRE(one.input == other.input);
      REQUIRE(one.event_number == other.event_number);
      leased_.push_back({one, other});
    }
  }

  void end_one() {
    if (leased_.empty()) return;
    const std::size_t index = below(leased_.size());
    const auto [disk, memory] = leased_[index];
    // Some stay in the list, so that stale tokens are tried too.
    if (below(4) != 0) leased_.erase(leased_.begin() + static_cast<std::ptrdiff_t>(index));
    Result<bool> one = false;
    Result<bool> other = false;
    switch (below(6)) {
      case 0:
      case 1: {
        Completion completion;
        const std::size_t next = below(2);
        for (std::size_t i = 0; i < next; ++i) completion.next.push_back(job("next"));
        if (below(3) == 0) completion.emitted.push_back(acceptance());
        if (below(6) == 0) completion.runs = acceptance().runs;
        if (below(3) == 0) completion.result = RunResult{200, "[]", std::to_string(now_), std::nullopt};
        one = disk_->complete(disk.job, disk.token, completion, now_);
        other = memory_.complete(memory.job, memory.token, completion, now_);
        break;
      }
      case 2: {
        const EpochMs due = now_ + soon();
        one = disk_->retry(disk.job, disk.token, {"error", "no"}, due, now_);
        other = memory_.retry(memory.job, memory.token, {"error", "no"}, due, now_);
        break;
      }
      case 3: {
        const EpochMs due = now_ + soon();
        one = disk_->give_back(disk.job, disk.token, due);
        other = memory_.give_back(memory.job, memory.token, due);
        break;
      }
      case 4:
        one = disk_->fail(disk.job, disk.token, {"error", "no"}, {}, now_);
        other = memory_.fail(memory.job, memory.token, {"error", "no"}, {}, now_);
        break;
      default:
        one = disk_->bury(disk.job, disk.token, {"crash", "11"}, {}, now_);
        other = memory_.bury(memory.job, memory.token, {"crash", "11"}, {}, now_);
    }
    REQUIRE((one.ok() && other.ok()));
    REQUIRE(*one == *other);
  }

  void rarely() {
    const auto letter = static_cast<std::int64_t>(1 + below(40));
    const std::string run = "run-" + std::to_string(1 + below(runs_ + 1));
    Result<bool> one = false;
    Result<bool> other = false;
    switch (below(5)) {
      case 0:
        one = disk_->cancel(run, now_);
        other = memory_.cancel(run, now_);
        break;
      case 1:
        one = disk_->redrive(letter, now_);
        other = memory_.redrive(letter, now_);
        break;
      case 2:
        one = disk_->drop_letter(letter, now_);
        other = memory_.drop_letter(letter, now_);
        break;
      case 3: {
        const auto event = static_cast<std::int64_t>(1 + below(400));
        const RunSpec again{"run-" + std::to_string(++runs_), "p0", "d", "k0", AfterFailure::kHold, {job("again")}};
        one = disk_->begin_run(event, again, now_);
        other = memory_.begin_run(event, again, now_);
        break;
      }
      default: {
        const auto forgotten = disk_->forget(now_ - 2000, now_, 50);
        const auto gone = memory_.forget(now_ - 2000, now_, 50);
        REQUIRE((forgotten.ok() && gone.ok()));
        REQUIRE(forgotten->events == gone->events);
        REQUIRE(forgotten->is_through == gone->is_through);
      }
    }
    REQUIRE((one.ok() && other.ok()));
    REQUIRE(*one == *other);
  }

  void compare() {
    const auto disk = *disk_->stats();
    const auto memory = *memory_.stats();
    REQUIRE(disk.open_jobs == memory.open_jobs);
    REQUIRE(disk.letters == memory.letters);
    REQUIRE(disk.oldest_open == memory.oldest_open);
    REQUIRE(disk.damaged_rows == 0);
    compare_lanes();
    compare_letters();
    for (std::uint64_t run = runs_ > 20 ? runs_ - 20 : 1; run <= runs_; ++run)
      compare_run("run-" + std::to_string(run));
  }
  void compare_lanes() {
    const auto disk = *disk_->lanes();
    const auto memory = *memory_.lanes();
    REQUIRE(disk.size() == memory.size());
    for (std::size_t i = 0; i < disk.size(); ++i) {
      REQUIRE(disk[i].lane == memory[i].lane);
      REQUIRE(disk[i].ready == memory[i].ready);
      REQUIRE(disk[i].leased == memory[i].leased);
      REQUIRE(disk[i].first_due == memory[i].first_due);
      REQUIRE(disk[i].oldest_event == memory[i].oldest_event);
    }
  }
  void compare_letters() {
    ListFilter filter;
    if (below(2) == 0) filter.pipeline = "p1";
    filter.before = static_cast<std::int64_t>(below(50));
    const auto disk = disk_->letters(filter)->rows;
    const auto memory = memory_.letters(filter)->rows;
    REQUIRE(disk.size() == memory.size());
    for (std::size_t i = 0; i < disk.size(); ++i) {
      REQUIRE(disk[i].number == memory[i].number);
      REQUIRE(disk[i].run == memory[i].run);
      REQUIRE(disk[i].attempts == memory[i].attempts);
      REQUIRE(disk[i].error.kind == memory[i].error.kind);
      REQUIRE(disk[i].failures.size() == memory[i].failures.size());
      REQUIRE(disk[i].input == memory[i].input);
    }
  }
  void compare_run(const std::string& id) {
    const auto one = *disk_->run(id);
    const auto other = *memory_.run(id);
    REQUIRE(one.has_value() == other.has_value());
    if (!one) return;
    REQUIRE(one->state == other->state);
    REQUIRE(one->open_jobs == other->open_jobs);
    REQUIRE(one->ended == other->ended);
    REQUIRE(one->number == other->number);
    REQUIRE(*disk_->result(id) == *memory_.result(id));
    const auto disk = *disk_->jobs(id);
    const auto memory = *memory_.jobs(id);
    REQUIRE(disk.size() == memory.size());
    for (std::size_t i = 0; i < disk.size(); ++i) {
      REQUIRE(disk[i].state == memory[i].state);
      REQUIRE(disk[i].attempts == memory[i].attempts);
      REQUIRE(disk[i].due == memory[i].due);
      REQUIRE(disk[i].ended == memory[i].ended);
    }
  }

  TemporaryDirectory directory_;
  std::unique_ptr<SqliteEngine> disk_;
  MemoryEngine memory_;
  std::mt19937_64 random_;
  EpochMs now_ = 1'000'000;
  std::uint64_t runs_ = 0;
  std::vector<Pair> leased_;
  std::vector<Pair> leased_before_;
};

}  // namespace

TEST_CASE("journal: the engine on disk and the engine in memory say the same to the same operations") {
  const std::uint64_t seed = from_environment("SOJOURN_TEST_SEED", std::random_device{}());
  CAPTURE(seed);
  Comparison comparison(seed);
  const std::uint64_t steps = from_environment("SOJOURN_TEST_STEPS", 2000);
  for (std::uint64_t step = 0; step < steps; ++step) {
    CAPTURE(step);
    comparison.step();
  }
}
