#include <chrono>
#include <doctest/doctest.h>
#include <memory>
#include <random>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "runtime/event/journal/long_data.h"
#include "runtime/event/journal/sqlite_engine.h"
#include "tests/power_cut/loop_disk.h"
#include "tests/power_cut/sender.h"

using namespace sojourn;

namespace {

// Rounds of sending and cutting on one disk, whose journal goes on from round to round.
class Stage {
 public:
  static std::unique_ptr<Stage> make() {
    if (::geteuid() != 0) {
      MESSAGE("skipped: cutting the power of a disk needs root");
      return nullptr;
    }
    auto disk = LoopDisk::make();
    if (disk.ok()) return std::unique_ptr<Stage>(new Stage(std::move(*disk)));
    MESSAGE("skipped: this machine has no disk whose power can be cut: " << disk.error().text());
    return nullptr;
  }

  // How many acknowledged events are not there after the cut.
  std::size_t round(Durability durability) {
    {
      Sender sender(disk_->path(), ledger_, next_, durability);
      wait_for_acknowledgements();
      std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 500));
      note_acknowledged();
      REQUIRE(disk_->cut().ok());
    }
    REQUIRE(disk_->unmount().ok());
    const Status mounted = disk_->mount();
    REQUIRE_MESSAGE(mounted.ok(), (mounted.ok() ? "" : mounted.error().text()));
    next_ += 100'000;
    return missing();
  }
  std::size_t acknowledged() const { return acknowledged_.size(); }

 private:
  explicit Stage(std::unique_ptr<LoopDisk> disk) : disk_(std::move(disk)) {}

  // Before the power goes: a machine without power tells nobody anything, while this kernel's fsync may still answer in
  // the very moment of the cut.
  void note_acknowledged() {
    for (const int number : Sender::acknowledged(ledger_)) {
      if (number >= next_) acknowledged_.push_back(number);
    }
  }
  void wait_for_acknowledgements() {
    struct stat facts {};
    const auto size = [&] { return ::stat(ledger_.c_str(), &facts) == 0 ? facts.st_size : 0; };
    const auto before = size();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (size() < before + 100) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  std::size_t missing() {
    auto engine = SqliteEngine::open(disk_->path() + "/journal.db");
    REQUIRE_MESSAGE(engine.ok(), (engine.ok() ? "" : engine.error().text()));
    auto payloads = PayloadStore::open(disk_->path() + "/payloads");
    REQUIRE(payloads.ok());
    std::size_t missing = 0;
    for (const int number : acknowledged_) {
      if (!is_there(**engine, *payloads, number)) ++missing;
    }
    CHECK((*engine)->stats()->damaged_rows == 0);
    return missing;
  }
  static bool is_there(JournalEngine& engine, const PayloadStore& payloads, int number) {
    const auto run = engine.run(Sender::run_id(number));
    if (!run.ok() || !run->has_value()) return false;
    const auto event = engine.event((*run)->event);
    if (!event.ok() || !event->has_value()) return false;
    const auto data = data_of(payloads, (*event)->event);
    return data.ok() && *data == Sender::acceptance(number).event.data;
  }

  TemporaryDirectory directory_;  // on another disk
  std::string ledger_ = directory_.path() + "/ledger";
  std::unique_ptr<LoopDisk> disk_;
  std::mt19937 random_{std::random_device{}()};
  int next_ = 1;                   // number of the round's first event
  std::vector<int> acknowledged_;  // of all rounds
};

}  // namespace

TEST_CASE("power cut: every event that was acknowledged is there afterwards, whole") {
  const auto stage = Stage::make();
  if (!stage) return;
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    REQUIRE(stage->round(Durability::kPowerCut) == 0);
  }
  MESSAGE("acknowledged over 40 cuts: " << stage->acknowledged());
}

TEST_CASE("power cut: a journal that does not sync loses events, so that a missing sync would be found") {
  const auto stage = Stage::make();
  if (!stage) return;
  std::size_t lost = 0;
  int round = 0;
  for (; round < 25 && lost == 0; ++round) lost = stage->round(Durability::kCrash);
  MESSAGE("lost " << lost << " in round " << round);
  CHECK(lost > 0);
}
