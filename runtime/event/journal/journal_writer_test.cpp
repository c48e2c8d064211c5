#include "runtime/event/journal/journal_writer.h"

#include <atomic>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <future>
#include <sys/mount.h>
#include <unistd.h>

#include "loader/temporary_directory.h"
#include "runtime/base/unique_fd.h"
#include "runtime/event/journal/sqlite_engine.h"

using namespace sojourn;

namespace {

Acceptance event(const std::string& id, std::size_t size = 10) {
  Acceptance acceptance;
  acceptance.event = {"source", id, "type", "{}", std::string(size, 'x'), std::nullopt};
  acceptance.runs = {{"run-" + id, "p", "d", "", AfterFailure::kContinue, {{"step", "l", std::nullopt, 0}}}};
  return acceptance;
}

class Stage {
 public:
  explicit Stage(const std::string& directory, std::uint64_t ballast_bytes = 0) {
    auto engine = SqliteEngine::open(directory + "/journal.db");
    REQUIRE_MESSAGE(engine.ok(), (engine.ok() ? "" : engine.error().text()));
    writer_ = std::make_unique<JournalWriter>(std::move(*engine), Ballast(directory + "/ballast", ballast_bytes));
  }
  // Does one piece of work and waits for its answer.
  Status run(WorkKind kind, JournalWriter::Work work) {
    std::promise<Status> answer;
    REQUIRE(writer_->submit(kind, std::move(work), [&](Status status) { answer.set_value(std::move(status)); }).ok());
    return answer.get_future().get();
  }
  Status accept(const Acceptance& acceptance) {
    return run(WorkKind::kAccepts, [&](JournalEngine& engine) {
      auto accepted = engine.accept(acceptance, 0);
      return accepted.ok() ? Status() : Status(accepted.error());
    });
  }
  Status complete_one() {
    return run(WorkKind::kNotes, [&](JournalEngine& engine) -> Status {
      auto jobs = engine.lease("l", 1, 1);
      if (!jobs.ok()) return jobs.error();
      if (jobs->empty()) return Error(ErrorCode::kInternal, "there is no job");
      auto completed = engine.complete(jobs->front().job, jobs->front().token, {}, 1);
      return completed.ok() ? Status() : Status(completed.error());
    });
  }
  std::size_t open_jobs() {
    std::size_t count = 0;
    REQUIRE(run(WorkKind::kNotes, [&](JournalEngine& engine) -> Status {
              auto stats = engine.stats();
              if (!stats.ok()) return stats.error();
              count = stats->open_jobs;
              return {};
            }).ok());
    return count;
  }
  JournalWriter& writer() { return *writer_; }
  void close() { writer_.reset(); }

 private:
  std::unique_ptr<JournalWriter> writer_;
};

// A file system of its own, so small that it can be filled.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("none", directory_.path().c_str(), "tmpfs", 0, "size=4m") == 0; }
  ~SmallDisk() {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return directory_.path(); }
  std::string filler() const { return path() + "/filler"; }
  void fill() {
    const UniqueFd file(::open(filler().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    for (const std::size_t size : {std::size_t{65536}, std::size_t{4096}}) {
      const std::string bytes(size, 'f');
      while (::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) {
      }
    }
  }

 private:
  TemporaryDirectory directory_;
  bool mounted_ = false;
};

}  // namespace

TEST_CASE("journal writer: what many senders hand in at once is all there, and answered once each") {
  const TemporaryDirectory directory;
  Stage stage(directory.path());
  std::atomic<int> good = 0;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 4; ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < 50; ++i) {
        if (stage.accept(event(std::to_string(sender) + "-" + std::to_string(i))).ok()) ++good;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  CHECK(good.load() == 200);
  CHECK(stage.open_jobs() == 200);
}

TEST_CASE("journal writer: work that fails takes nothing of its neighbours' with it") {
  const TemporaryDirectory directory;
  Stage stage(directory.path());
  std::promise<void> all;
  std::atomic<int> answers = 0;
  std::atomic<int> good = 0;
  for (int i = 0; i < 20; ++i) {
    const auto work = [i](JournalEngine& engine) -> Status {
      if (auto accepted = engine.accept(event(std::to_string(i)), 0); !accepted.ok()) return accepted.error();
      if (i % 5 == 0) return Error(ErrorCode::kBadRequest, "not this one");
      return {};
    };
    REQUIRE(stage.writer()
                .submit(WorkKind::kAccepts, work,
                        [&](const Status& status) {
                          if (status.ok()) ++good;
                          if (++answers == 20) all.set_value();
                        })
                .ok());
  }
  all.get_future().wait();
  CHECK(good.load() == 16);
  CHECK(stage.open_jobs() == 16);
}

TEST_CASE("journal writer: what was handed in before the end is done") {
  const TemporaryDirectory directory;
  std::atomic<int> good = 0;
  {
    Stage stage(directory.path());
    for (int i = 0; i < 100; ++i) {
      const auto work = [i](JournalEngine& engine) {
        auto accepted = engine.accept(event(std::to_string(i)), 0);
        return accepted.ok() ? Status() : Status(accepted.error());
      };
      REQUIRE(stage.writer().submit(WorkKind::kAccepts, work, [&](const Status& status) { good += status.ok(); }).ok());
    }
  }
  CHECK(good.load() == 100);
  Stage stage(directory.path());
  CHECK(stage.open_jobs() == 100);
}

TEST_CASE("journal writer: on a full disk nothing new is accepted, what runs can end, and with room all heals") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: making a small file system needs root");
    return;
  }
  SmallDisk disk;
  REQUIRE(disk.mounted());
  Stage stage(disk.path(), 512u << 10);
  for (int i = 0; i < 10; ++i) REQUIRE(stage.accept(event(std::to_string(i))).ok());
  disk.fill();
  Status refused;
  for (int i = 0; i < 100 && refused.ok(); ++i) refused = stage.accept(event("late-" + std::to_string(i), 60'000));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code() == ErrorCode::kStoreUnavailable);
  for (int i = 0; i < 10; ++i) {
    const Status completed = stage.complete_one();
    CHECK_MESSAGE(completed.ok(), (completed.ok() ? "" : completed.error().text()));
  }
  CHECK_FALSE(stage.accept(event("still-late")).ok());
  REQUIRE(::unlink(disk.filler().c_str()) == 0);
  CHECK(stage.accept(event("again")).ok());
}

TEST_CASE("journal writer: who waits for a lane is told after the batch, and not of what failed") {
  const TemporaryDirectory directory;
  Stage stage(directory.path());
  std::promise<std::vector<LaneWake>> told;
  stage.writer().on_woken([&](std::vector<LaneWake> lanes) { told.set_value(std::move(lanes)); });
  CHECK_FALSE(stage
                  .run(WorkKind::kAccepts,
                       [](JournalEngine& engine) -> Status {
                         if (auto accepted = engine.accept(event("1"), 0); !accepted.ok()) return accepted.error();
                         return Error(ErrorCode::kBadRequest, "not this one");
                       })
                  .ok());
  REQUIRE(stage.accept(event("2")).ok());
  const auto lanes = told.get_future().get();
  REQUIRE(lanes.size() == 1);
  CHECK(lanes[0].lane == "l");
  CHECK(lanes[0].due == 0);
}

TEST_CASE("journal writer: work that fails does not make its neighbours commit one by one") {
  const TemporaryDirectory directory;
  Stage stage(directory.path());
  std::promise<void> may_go;
  std::shared_future<void> gate = may_go.get_future().share();
  std::atomic<int> ran = 0;
  std::atomic<int> answers = 0;
  std::promise<void> all;
  const auto answered = [&](const Status&) {
    if (++answers == 31) all.set_value();
  };
  // While this one holds the writer, the others become one batch.
  std::promise<void> holds;
  const auto hold = [gate, &holds](JournalEngine&) -> Status {
    holds.set_value();
    gate.wait();
    return {};
  };
  REQUIRE(stage.writer().submit(WorkKind::kNotes, hold, answered).ok());
  holds.get_future().wait();
  for (int i = 0; i < 30; ++i) {
    const auto work = [i, &ran](JournalEngine&) -> Status {
      ++ran;
      if (i == 29) return Error(ErrorCode::kRunNotFound, "no such run");
      return {};
    };
    REQUIRE(stage.writer().submit(WorkKind::kAccepts, work, answered).ok());
  }
  may_go.set_value();
  all.get_future().wait();
  CHECK(ran.load() == 30 + 29);
}
