// A byte of the journal's file flips: whatever it hits, nothing wrong is handed out, and what cannot be handed out any
// more is said.
//
// SOJOURN_TEST_SEED repeats a run; SOJOURN_TEST_FLIPS makes it longer.
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <stdlib.h>

#include "loader/temporary_directory.h"
#include "runtime/event/journal/sqlite_engine.h"

using namespace sojourn;

namespace {

constexpr int kEvents = 40;
constexpr char kLane[] = "lane-of-all";

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = ::getenv(name);
  return text == nullptr ? otherwise : ::strtoull(text, nullptr, 10);
}

std::string run_id(int number) {
  return "run-" + std::to_string(number);
}

EventRecord record(int number) {
  const std::string id = std::to_string(number);
  return {"s",         id, "type", "{\"a\":" + id + "}", std::string(static_cast<std::size_t>(50 + number * 31), 'x'),
          std::nullopt};
}

class Stage {
 public:
  Stage() {
    {
      auto engine = SqliteEngine::open(path(), Durability::kCrash);
      REQUIRE(engine.ok());
      REQUIRE((*engine)->begin(Outlives::kProcess).ok());
      for (int i = 0; i < kEvents; ++i) {
        Acceptance acceptance;
        acceptance.event = record(i);
        JobSpec job{"step", kLane, std::nullopt, 0};
        if (i % 5 == 0) job.input = record(i);
        acceptance.dedupe = {{"e " + std::to_string(i), 1'000'000}};
        acceptance.runs = {
            {run_id(i), "p", "d", i % 3 == 0 ? "k" + std::to_string(i) : "", AfterFailure::kContinue, {job}}};
        REQUIRE((*engine)->accept(acceptance, i).ok());
      }
      REQUIRE((*engine)->commit().ok());
    }
    std::ifstream file(path(), std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
  }

  std::size_t size() const { return bytes_.size(); }
  void flip(std::size_t offset, char mask) {
    std::filesystem::remove(path() + "-wal");
    std::string damaged = bytes_;
    damaged[offset] = static_cast<char>(damaged[offset] ^ mask);
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << damaged;
  }
  // Where the last letter of a key stands, in the middle of a page that holds nothing but an index.
  std::size_t key_in_index(std::string_view key) const {
    constexpr std::size_t kPage = 4096;
    constexpr char kIndexLeaf = 10;
    std::vector<std::size_t> found;
    for (std::size_t page = kPage; page < bytes_.size() && found.size() < 5; page += kPage) {
      found.clear();
      if (bytes_[page] != kIndexLeaf) continue;
      const std::string_view text = std::string_view(bytes_).substr(page, kPage);
      for (std::size_t at = 0; (at = text.find(key, at)) != std::string_view::npos; ++at) found.push_back(page + at);
    }
    REQUIRE(found.size() >= 5);
    return found[found.size() / 2] + key.size() - 1;
  }
  std::string path() const { return directory_.path() + "/journal.db"; }

 private:
  TemporaryDirectory directory_;
  std::string bytes_;
};

// What became of a journal with one flipped byte.
struct Outcome {
  bool is_refused = false;  // it was not opened, or an operation said that the file is damaged
  std::size_t handed_out = 0;
  std::size_t buried = 0;
  bool is_wrong = false;
};

Outcome look(const std::string& path) {
  Outcome outcome;
  auto opened = SqliteEngine::open(path, Durability::kCrash);
  if (!opened.ok()) {
    CHECK(opened.error().text().find(path) != std::string::npos);
    return {.is_refused = true};
  }
  SqliteEngine& engine = **opened;
  if (!engine.begin(Outlives::kProcess).ok()) return {.is_refused = true};
  auto jobs = engine.lease(kLane, 10, 1000);
  if (!jobs.ok()) return {.is_refused = true};
  std::map<std::string, int> expected;
  for (int i = 0; i < kEvents; ++i) expected[run_id(i)] = i;
  for (const LeasedJob& job : *jobs) {
    const auto found = expected.find(job.run);
    outcome.is_wrong |= found == expected.end() || !(job.input == record(found->second)) || job.pipeline != "p" ||
                        job.definition != "d" || job.step != "step";
    if (found != expected.end()) expected.erase(found);
    ++outcome.handed_out;
  }
  const auto letters = engine.letters({});
  if (!letters.ok()) return {.is_refused = true};
  outcome.buried = letters->rows.size();
  if (!engine.commit().ok()) outcome.is_refused = true;
  return outcome;
}

}  // namespace

TEST_CASE(
    "journal: one flipped byte anywhere in the file never makes it hand out something wrong or lose a job silently") {
  Stage stage;
  const std::uint64_t seed = from_environment("SOJOURN_TEST_SEED", std::random_device{}());
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::uint64_t flips = from_environment("SOJOURN_TEST_FLIPS", 150);
  std::size_t noticed = 0;
  for (std::uint64_t flip = 0; flip < flips; ++flip) {
    const std::size_t offset = random() % stage.size();
    const char mask = static_cast<char>(1 + random() % 255);
    CAPTURE(offset);
    stage.flip(offset, mask);
    const Outcome outcome = look(stage.path());
    CHECK_FALSE(outcome.is_wrong);
    if (outcome.is_refused || outcome.buried > 0) ++noticed;
    if (!outcome.is_refused) CHECK(outcome.handed_out + outcome.buried == kEvents);
  }
  CHECK(noticed > 0);
}

TEST_CASE("journal: an index that has lost waiting jobs is noticed, and built again from the rows") {
  Stage stage;
  stage.flip(stage.key_in_index(kLane), 1);
  auto engine = SqliteEngine::open(stage.path(), Durability::kCrash);
  REQUIRE(engine.ok());
  REQUIRE((*engine)->begin(Outlives::kProcess).ok());
  const auto refused = (*engine)->lease(kLane, 10, 1000);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text().find("index") != std::string::npos);
  (*engine)->rollback();
  REQUIRE((*engine)->begin(Outlives::kProcess).ok());
  const auto jobs = (*engine)->lease(kLane, 10, 1000);
  REQUIRE_MESSAGE(jobs.ok(), (jobs.ok() ? "" : jobs.error().text()));
  CHECK(jobs->size() == kEvents);
}

TEST_CASE("journal: a file whose head is broken is refused, with what there is to do") {
  Stage stage;
  for (const std::size_t offset : {std::size_t{0}, std::size_t{16}}) {
    CAPTURE(offset);
    stage.flip(offset, 1);
    const auto opened = SqliteEngine::open(stage.path());
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().text().find(stage.path()) != std::string::npos);
    CHECK(opened.error().text().find("move it away to begin anew") != std::string::npos);
  }
}
