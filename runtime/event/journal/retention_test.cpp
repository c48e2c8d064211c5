#include "runtime/event/journal/retention.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <future>
#include <thread>

#include "loader/temporary_directory.h"
#include "runtime/event/journal/long_data.h"
#include "runtime/event/journal/sqlite_engine.h"

using namespace sojourn;

namespace {

class Stage {
 public:
  explicit Stage(RetentionOptions options) : payloads_(opened_payloads()), retention_(payloads_, options) {
    auto engine = SqliteEngine::open(path(), Durability::kCrash);
    REQUIRE(engine.ok());
    writer_ = std::make_unique<JournalWriter>(std::move(*engine), Ballast(path() + ".ballast", 0));
  }

  void run(JournalWriter::Work work) {
    std::promise<Status> answer;
    REQUIRE(writer_->submit(WorkKind::kNotes, std::move(work), [&](Status status) { answer.set_value(status); }).ok());
    const Status status = answer.get_future().get();
    REQUIRE_MESSAGE(status.ok(), (status.ok() ? "" : status.error().text()));
  }
  // Each event differs from all others, and is accepted at `at`.
  void accept(int events, std::size_t size, EpochMs at) {
    run([&](JournalEngine& engine) -> Status {
      for (int i = 0; i < events; ++i) {
        const std::string id = std::to_string(++last_);
        Acceptance acceptance;
        acceptance.event = {"s", id, "t", "{}", id + std::string(size, 'x'), std::nullopt};
        acceptance.runs = {{"run-" + id, "p", "d", "", AfterFailure::kContinue, {{"step", "l", std::nullopt, 0}}}};
        if (Status kept = keep_long_data(payloads_, acceptance); !kept.ok()) return kept;
        if (auto accepted = engine.accept(acceptance, at); !accepted.ok()) return accepted.error();
      }
      return {};
    });
  }
  void end(bool by_letter = false) {
    run([&](JournalEngine& engine) -> Status {
      auto jobs = engine.lease("l", 1, 100'000);
      if (!jobs.ok()) return jobs.error();
      for (const LeasedJob& job : *jobs) {
        auto ended = by_letter ? engine.bury(job.job, job.token, {"error", "no"}, {}, 2)
                               : engine.complete(job.job, job.token, {}, 2);
        if (!ended.ok()) return ended.error();
      }
      return {};
    });
  }
  void tick(EpochMs now) {
    retention_.tick(*writer_, now);
    while (retention_.is_busy()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::size_t events() {
    std::size_t count = 0;
    run([&](JournalEngine& engine) -> Status {
      ListFilter filter;
      filter.most = kListMax;
      auto events = engine.events(filter);
      if (!events.ok()) return events.error();
      count = events->rows.size();
      return {};
    });
    return count;
  }
  JournalStats stats() {
    JournalStats stats;
    run([&](JournalEngine& engine) -> Status {
      stats = *engine.stats();
      return {};
    });
    return stats;
  }
  std::size_t payload_files() const {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path() + "/payloads")) {
      if (entry.is_regular_file()) ++files;
    }
    return files;
  }
  Retention& retention() { return retention_; }

 private:
  std::string path() const { return directory_.path() + "/journal.db"; }
  PayloadStore opened_payloads() {
    auto payloads = PayloadStore::open(directory_.path() + "/payloads");
    REQUIRE(payloads.ok());
    return std::move(*payloads);
  }

  TemporaryDirectory directory_;
  PayloadStore payloads_;
  Retention retention_;
  std::unique_ptr<JournalWriter> writer_;
  int last_ = 0;
};

constexpr EpochMs kHour = 3'600'000;

RetentionOptions by_age(int hours) {
  RetentionOptions options;
  options.age = std::chrono::hours(hours);
  options.payload_age = std::chrono::seconds(0);
  return options;
}

RetentionOptions by_size(std::uint64_t bytes) {
  RetentionOptions options = by_age(1000);
  options.bytes_max = bytes;
  return options;
}

}  // namespace

TEST_CASE("retention: what is over goes when it is old, with its payload, and younger ones stay") {
  Stage stage(by_age(2));
  stage.accept(3, kInlineDataMax + 1, 1 * kHour);
  stage.accept(4, kInlineDataMax + 1, 2 * kHour);
  stage.end();
  stage.tick(3 * kHour);
  CHECK(stage.events() == 7);
  CHECK(stage.payload_files() == 7);
  stage.tick(3 * kHour + 1);
  CHECK(stage.events() == 4);
  CHECK(stage.payload_files() == 4);
  CHECK(stage.retention().figures().forgotten_events == 3);
  CHECK(stage.retention().figures().removed_payloads == 3);
}

TEST_CASE("retention: a round takes as many pieces as it needs") {
  Stage stage(by_age(1));
  stage.accept(static_cast<int>(RetentionOptions().events_per_piece * 2 + 1), 10, 1);
  stage.end();
  stage.tick(2 * kHour);
  CHECK(stage.events() == 0);
}

TEST_CASE("retention: open runs and letters are never forgotten, however old and however large") {
  RetentionOptions options = by_size(1);
  options.age = std::chrono::hours(0);
  Stage stage(options);
  stage.accept(5, 10, 1);
  stage.end(true);
  stage.accept(6, kInlineDataMax + 1, 1);
  stage.tick(1000 * kHour);
  stage.tick(1001 * kHour);
  CHECK(stage.events() == 11);
  CHECK(stage.payload_files() == 6);
  CHECK(stage.stats().letters == 5);
}

TEST_CASE("retention: what takes too much room is forgotten from the oldest on, and no more than that") {
  Stage stage(by_size(3u << 20));
  for (int i = 0; i < 6; ++i) {
    stage.accept(100, 8'000, i);
    stage.end();
  }
  CHECK(stage.stats().bytes_in_use > (4u << 20));
  stage.tick(10);
  CHECK(stage.stats().bytes_in_use <= (3u << 20));
  CHECK(stage.events() > 0);
}

TEST_CASE("retention: payloads count for the size, and are looked at again before more is forgotten") {
  RetentionOptions options = by_size(16u << 20);
  options.payloads_per_piece = 100;
  Stage stage(options);
  stage.accept(600, 40'000, 1);  // 24 MiB
  stage.end();
  for (int ticks = 0; ticks < 12; ++ticks) stage.tick(10);
  CHECK(stage.retention().figures().payload_bytes <= (16u << 20));
  CHECK(stage.events() == 100);
}

TEST_CASE("retention: the file does not grow when as much is forgotten as comes") {
  Stage stage(by_age(1));
  std::uint64_t settled = 0;
  for (int round = 1; round <= 8; ++round) {
    stage.accept(400, 8'000, round * 10 * kHour);
    stage.end();
    stage.tick(round * 10 * kHour + 2 * kHour);
    if (round == 2) settled = stage.stats().bytes;
  }
  CHECK(stage.events() == 0);
  CHECK(stage.stats().bytes <= settled + settled / 4);
}
