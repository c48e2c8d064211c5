#include "runtime/event/journal/name_book.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>

#include "loader/temporary_directory.h"
#include "runtime/event/journal/sqlite_checksums.h"
#include "runtime/event/journal/sqlite_engine.h"

using namespace sojourn;

namespace {

NameDigest name(std::size_t number) {
  return name_digest(std::to_string(number));
}

}  // namespace

TEST_CASE("name book: a batch that is rolled back leaves the names as they were") {
  NameBook book;
  book.add(name(1), {1, 10});
  book.commit(1);
  book.add(name(1), {2, 20});
  book.add(name(2), {2, 20});
  CHECK(book.find(name(1))->event == 2);
  book.rollback();
  CHECK(book.find(name(1))->event == 1);
  CHECK(book.find(name(2)) == nullptr);
}

TEST_CASE("name book: every name is written once and in order, and found all the while") {
  NameBook book;
  std::map<NameDigest, std::int64_t> written;
  std::int64_t finished = 0;
  std::size_t added = 0;
  while (finished == 0) {
    for (int i = 0; i < 100; ++i) {
      ++added;
      book.add(name(added), {static_cast<std::int64_t>(added), 10});
    }
    const auto slice = book.next_slice();
    CHECK(std::is_sorted(slice.begin(), slice.end(), [](const auto& a, const auto& b) { return a.first < b.first; }));
    const bool is_kept = added % 300 != 0;
    if (!is_kept) {
      book.rollback();
      added -= 100;
      for (int i = 0; i < 100; ++i) ++added, book.add(name(added), {static_cast<std::int64_t>(added), 10});
      const auto again = book.next_slice();
      for (const auto& [one, entry] : again) CHECK(written.emplace(one, entry.event).second);
    } else {
      for (const auto& [one, entry] : slice) CHECK(written.emplace(one, entry.event).second);
    }
    finished = book.finished().value_or(0);
    book.commit(static_cast<std::int64_t>(added));
    REQUIRE(added < 4 * NameBook::kGeneration);
  }
  CHECK(written.size() == static_cast<std::size_t>(finished));
  for (std::size_t i = 1; i <= added; ++i) {
    const bool is_known = book.find(name(i)) != nullptr || written.contains(name(i));
    REQUIRE(is_known);
  }
}

TEST_CASE("journal: an event is a duplicate of the first wherever its name stands, in the next epoch too") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.db";
  constexpr int kEvents = static_cast<int>(NameBook::kGeneration * 5 / 4);  // some in the table, most of them not yet
  const auto accept = [](SqliteEngine& engine, int number) {
    Acceptance acceptance;
    const std::string id = std::to_string(number);
    acceptance.event = {"s", id, "t", "{}", "", std::nullopt};
    acceptance.dedupe = {{id, 1'000}};
    acceptance.runs = {{"run-" + id, "p", "d", "", AfterFailure::kContinue, {}}};
    const auto accepted = engine.accept(acceptance, 10);
    REQUIRE(accepted.ok());
    return *accepted;
  };
  const auto all_known = [&](SqliteEngine& engine) {
    int known = 0;
    REQUIRE(engine.begin(Outlives::kProcess).ok());
    for (int i = 1; i <= kEvents; ++i) {
      const Accepted accepted = accept(engine, i);
      if (accepted.is_duplicate && accepted.event == i && accepted.run == "run-" + std::to_string(i)) ++known;
    }
    REQUIRE(engine.commit().ok());
    CHECK(known == kEvents);
  };
  {
    auto engine = SqliteEngine::open(path, Durability::kCrash);
    REQUIRE(engine.ok());
    for (int i = 1; i <= kEvents;) {
      REQUIRE((*engine)->begin(Outlives::kProcess).ok());
      for (int k = 0; k < 500 && i <= kEvents; ++k, ++i) CHECK_FALSE(accept(**engine, i).is_duplicate);
      REQUIRE((*engine)->commit().ok());
    }
    all_known(**engine);
  }
  auto engine = SqliteEngine::open(path, Durability::kCrash);
  REQUIRE(engine.ok());
  all_known(**engine);
}

TEST_CASE("journal: a name outlives its event, until its own time is over") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal.db";
  constexpr EpochMs kUntil = 10 * kNameSlack;
  Acceptance acceptance;
  acceptance.event = {"s", "1", "t", "{}", "", std::nullopt};
  acceptance.dedupe = {{"1", kUntil}};
  const auto batch = [&](const auto& work) {
    auto engine = SqliteEngine::open(path, Durability::kCrash);
    REQUIRE(engine.ok());
    REQUIRE((*engine)->begin(Outlives::kProcess).ok());
    work(**engine);
    REQUIRE((*engine)->commit().ok());
  };
  batch([&](SqliteEngine& engine) {
    CHECK_FALSE(engine.accept(acceptance, 1)->is_duplicate);
    CHECK(engine.forget(2, 2, 10)->events == 1);
  });
  batch([&](SqliteEngine& engine) { CHECK(engine.accept(acceptance, kUntil - 1)->is_duplicate); });
  batch([&](SqliteEngine& engine) {
    CHECK(engine.forget(0, kUntil + kNameSlack, 10).ok());
    CHECK_FALSE(engine.accept(acceptance, kUntil - 1)->is_duplicate);  // by a clock that was set back by as much
  });
}
