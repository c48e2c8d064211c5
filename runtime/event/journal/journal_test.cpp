#include "runtime/event/journal/journal.h"

#include <atomic>
#include <doctest/doctest.h>
#include <future>
#include <thread>

#include "loader/temporary_directory.h"

using namespace sojourn;

namespace {

Acceptance event(const std::string& id) {
  Acceptance acceptance;
  acceptance.event = {"s", id, "t", "{}", "data", std::nullopt};
  acceptance.runs = {{"run-" + id, "p", "d", "", AfterFailure::kContinue, {{"step", "l", std::nullopt, 0}}}};
  return acceptance;
}

std::unique_ptr<Journal> opened(const std::string& directory) {
  auto journal = Journal::open(directory);
  REQUIRE_MESSAGE(journal.ok(), (journal.ok() ? "" : journal.error().text()));
  return std::move(*journal);
}

Result<Accepted> accept(JournalEngine& engine, const std::string& id) {
  return engine.accept(event(id), 0);
}

}  // namespace

TEST_CASE("journal: an answer comes on the loop that asked") {
  const TemporaryDirectory directory;
  Loop loop;
  const auto journal = opened(directory.path() + "/journal");
  std::int64_t number = 0;
  bool on_loop = false;
  journal->ask<Accepted>(
      WorkKind::kAccepts, loop, [](JournalEngine& engine) { return accept(engine, "1"); },
      [&](Result<Accepted> accepted) {
        REQUIRE(accepted.ok());
        number = accepted->event;
        on_loop = loop.on_loop_thread();
        loop.stop();
      });
  loop.run();
  CHECK(number == 1);
  CHECK(on_loop);
}

TEST_CASE("journal: work that fails answers with its own error, and leaves nothing") {
  const TemporaryDirectory directory;
  Loop loop;
  const auto journal = opened(directory.path() + "/journal");
  std::string text;
  std::size_t kept = 1;
  journal->ask<Accepted>(
      WorkKind::kAccepts, loop,
      [](JournalEngine& engine) -> Result<Accepted> {
        if (auto accepted = accept(engine, "1"); !accepted.ok()) return accepted.error();
        return Error(ErrorCode::kBadRequest, "not this one");
      },
      [&](const Result<Accepted>& accepted) {
        REQUIRE_FALSE(accepted.ok());
        text = accepted.error().text();
        journal->ask<Listed<EventView>>(
            WorkKind::kNotes, loop, [](JournalEngine& engine) { return engine.events({}); },
            [&](const Result<Listed<EventView>>& events) {
              REQUIRE(events.ok());
              kept = events->rows.size();
              loop.stop();
            });
      });
  loop.run();
  CHECK(text == "not this one");
  CHECK(kept == 0);
}

TEST_CASE("journal: who asks for what is not there does not have the work of others done again") {
  const TemporaryDirectory directory;
  Loop loop;
  const auto journal = opened(directory.path() + "/journal");
  constexpr int kAsked = 50;
  std::promise<void> all_wait;
  journal->ask<int>(
      WorkKind::kNotes, loop,
      [wait = all_wait.get_future().share()](JournalEngine&) {
        wait.wait();
        return Result<int>(0);
      },
      [](const Result<int>&) {});
  std::atomic<int> times_done = 0;
  journal->ask<Accepted>(
      WorkKind::kAccepts, loop,
      [&](JournalEngine& engine) {
        ++times_done;
        return accept(engine, "1");
      },
      [](const Result<Accepted>& accepted) { CHECK(accepted.ok()); });
  int refused = 0;
  for (int i = 0; i < kAsked; ++i) {
    journal->ask<int>(
        WorkKind::kNotes, loop,
        [](JournalEngine&) -> Result<int> { return Error(ErrorCode::kCallNotFound, "no such call"); },
        [&](const Result<int>& answer) {
          CHECK(answer.error().code() == ErrorCode::kCallNotFound);
          if (++refused == kAsked) loop.stop();
        });
  }
  all_wait.set_value();
  loop.run();
  CHECK(times_done == 1);
}

TEST_CASE("journal: what was accepted is there when it is opened again, payloads and all") {
  const TemporaryDirectory directory;
  Digest payload;
  {
    Loop loop;
    const auto journal = opened(directory.path());
    auto put = journal->payloads().put("long");
    REQUIRE(put.ok());
    payload = *put;
    journal->ask<Accepted>(
        WorkKind::kAccepts, loop, [](JournalEngine& engine) { return accept(engine, "1"); },
        [&](const Result<Accepted>&) { loop.stop(); });
    loop.run();
  }
  Loop loop;
  const auto journal = opened(directory.path());
  CHECK(*journal->payloads().get(payload) == "long");
  std::size_t leased = 0;
  journal->ask<std::vector<LeasedJob>>(
      WorkKind::kNotes, loop, [](JournalEngine& engine) { return engine.lease("l", 1, 10); },
      [&](const Result<std::vector<LeasedJob>>& jobs) {
        REQUIRE(jobs.ok());
        leased = jobs->size();
        loop.stop();
      });
  loop.run();
  CHECK(leased == 1);
}

TEST_CASE("journal: a second server is told that one may use it") {
  const TemporaryDirectory directory;
  const auto journal = opened(directory.path());
  const auto second = Journal::open(directory.path());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().text().find("only one server may use it") != std::string::npos);
}
