#include "runtime/state/state_store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <thread>

#include "loader/temporary_directory.h"
#include "runtime/base/unique_fd.h"

using namespace sojourn;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kForEver{0};

const Log& quiet() {
  static const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  static const Log log(null.get(), LogLevel::kError);
  return log;
}

std::unique_ptr<StateStore> opened(const std::string& path) {
  auto store = StateStore::open(path, {}, Clock::system(), quiet());
  REQUIRE_MESSAGE(store.ok(), (store.ok() ? "" : store.error().text()));
  return std::move(*store);
}

StateAnswer get(StateStore& store, std::string_view key) {
  return store.with([&](StateTable& table, MonotonicTime now) { return table.get("f", key, now); });
}
StateAnswer set(StateStore& store, std::string_view key, std::string_view value, milliseconds ttl = kForEver) {
  return store.with([&](StateTable& table, MonotonicTime now) { return table.set("f", key, value, ttl, now); });
}

}  // namespace

TEST_CASE("state store: what was set is there after an orderly stop, and what was removed is not") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/state.db";
  const std::string bytes("a\0b", 3);
  {
    const auto store = opened(path);
    set(*store, "k", bytes);
    set(*store, "gone", "x");
    store->with([](StateTable& table, MonotonicTime now) { return table.remove("f", "gone", now); });
  }
  const auto store = opened(path);
  CHECK(get(*store, "k").value == bytes);
  CHECK(get(*store, "gone").outcome == StateOutcome::kMissing);
}

TEST_CASE("state store: revisions and fences of a later run are larger than all of the earlier ones") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/state.db";
  const auto lease = [](StateStore& store) {
    return store.with(
        [](StateTable& table, MonotonicTime now) { return table.lease("f", "leader", 1, milliseconds(60'000), now); });
  };
  std::uint64_t revision = 0;
  std::uint64_t fence = 0;
  {
    const auto store = opened(path);
    for (int i = 0; i < 100; ++i) revision = set(*store, "k", "x").revision;
    fence = lease(*store).revision;
  }
  const auto store = opened(path);
  CHECK(lease(*store).revision > fence);
  CHECK(set(*store, "k", "y").revision > revision);
}

TEST_CASE("state store: a time to live goes on over a restart") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/state.db";
  {
    const auto store = opened(path);
    set(*store, "short", "x", milliseconds(30));
    set(*store, "long", "x", milliseconds(600'000));
  }
  std::this_thread::sleep_for(milliseconds(40));
  const auto store = opened(path);
  CHECK(get(*store, "short").outcome == StateOutcome::kMissing);
  CHECK(get(*store, "long").outcome == StateOutcome::kDone);
}

TEST_CASE("state store: increments of many threads at once are all counted") {
  const TemporaryDirectory directory;
  const auto store = opened(directory.path() + "/state.db");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 2000; ++n) {
        store->with([](StateTable& table, MonotonicTime now) { return table.increment("f", "n", "1", kForEver, now); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(get(*store, "n").value == "8000");
}

TEST_CASE("state store: a file of a newer version is refused and left as it is") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/state.db";
  { opened(path); }
  {
    auto database = Database::open(path, Durability::kCrash);
    REQUIRE(database.ok());
    REQUIRE(database->set_schema_version(99).ok());
  }
  const auto store = StateStore::open(path, {}, Clock::system(), quiet());
  REQUIRE_FALSE(store.ok());
  CHECK(store.error().text().find("newer sojourn") != std::string::npos);
}
