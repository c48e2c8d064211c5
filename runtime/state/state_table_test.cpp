#include "runtime/state/state_table.h"

#include <doctest/doctest.h>

using namespace sojourn;
using std::chrono::milliseconds;

namespace {

constexpr MonotonicTime at(int ms) {
  return MonotonicTime(milliseconds(1'000'000 + ms));
}
constexpr milliseconds kForEver{0};

}  // namespace

TEST_CASE("state: functions do not see each other's keys") {
  StateTable table({}, 0);
  table.set("a", "k", "of a", kForEver, at(0));
  CHECK(table.get("a", "k", at(0)).value == "of a");
  CHECK(table.get("b", "k", at(0)).outcome == StateOutcome::kMissing);
}

TEST_CASE("state: compare and set writes for the one who saw the newest revision") {
  StateTable table({}, 0);
  const auto first = table.compare_and_set("f", "k", "one", 0, kForEver, at(0));
  REQUIRE(first.outcome == StateOutcome::kDone);
  CHECK(table.compare_and_set("f", "k", "two", 0, kForEver, at(0)).outcome == StateOutcome::kTaken);
  CHECK(table.compare_and_set("f", "k", "two", first.revision, kForEver, at(0)).outcome == StateOutcome::kDone);
  CHECK(table.compare_and_set("f", "k", "three", first.revision, kForEver, at(0)).outcome == StateOutcome::kTaken);
  CHECK(table.get("f", "k", at(0)).value == "two");
}

TEST_CASE("state: a removed key that comes back has a revision that was never seen") {
  StateTable table({}, 0);
  const auto before = table.set("f", "k", "a", kForEver, at(0)).revision;
  CHECK(table.remove("f", "k", at(0)).outcome == StateOutcome::kDone);
  CHECK(table.remove("f", "k", at(0)).outcome == StateOutcome::kMissing);
  CHECK(table.set("f", "k", "a", kForEver, at(0)).revision > before);
}

TEST_CASE("state: a value is gone at its moment, for every operation") {
  StateTable table({}, 0);
  table.set("f", "k", "5", milliseconds(100), at(0));
  CHECK(table.get("f", "k", at(99)).value == "5");
  CHECK(table.get("f", "k", at(100)).outcome == StateOutcome::kMissing);
  table.set("f", "k", "5", milliseconds(100), at(200));
  CHECK(table.increment("f", "k", "1", kForEver, at(300)).value == "1");
}

TEST_CASE("state: increments count from nothing, refuse what is no number, and never wrap round") {
  StateTable table({}, 0);
  CHECK(table.increment("f", "n", "5", kForEver, at(0)).value == "5");
  CHECK(table.increment("f", "n", "-7", kForEver, at(0)).value == "-2");
  table.set("f", "text", "five", kForEver, at(0));
  CHECK(table.increment("f", "text", "1", kForEver, at(0)).outcome == StateOutcome::kInvalid);
  table.set("f", "most", "9223372036854775807", kForEver, at(0));
  CHECK(table.increment("f", "most", "1", kForEver, at(0)).outcome == StateOutcome::kInvalid);
  CHECK(table.get("f", "most", at(0)).value == "9223372036854775807");
}

TEST_CASE("state: each limit refuses what goes beyond it, names itself, and leaves what was there") {
  StateLimits limits;
  limits.bytes = 20;
  limits.keys = 3;
  limits.key_bytes = 8;
  limits.value_bytes = 16;
  StateTable table(limits, 0);
  CHECK(table.set("f", "overlong-key", "", kForEver, at(0)).value.find("is 8") != std::string::npos);
  CHECK(table.set("f", "k", std::string(17, 'x'), kForEver, at(0)).value.find("is 16") != std::string::npos);
  CHECK(table.set("f", "a", std::string(10, 'x'), kForEver, at(0)).outcome == StateOutcome::kDone);
  CHECK(table.set("f", "b", std::string(10, 'x'), kForEver, at(0)).value.find("is 20") != std::string::npos);
  CHECK(table.set("f", "a", std::string(16, 'y'), kForEver, at(0)).outcome == StateOutcome::kDone);
  CHECK(table.set("f", "b", "", kForEver, at(0)).outcome == StateOutcome::kDone);
  CHECK(table.set("f", "c", "", kForEver, at(0)).outcome == StateOutcome::kDone);
  CHECK(table.set("f", "d", "", kForEver, at(0)).value.find("is 3") != std::string::npos);
  CHECK(table.usage("f").keys == 3);
  CHECK(table.usage("f").bytes == 19);
  CHECK(table.set("g", "d", "", kForEver, at(0)).outcome == StateOutcome::kDone);
}

TEST_CASE("state: a lease has one owner until its time is over, and a later owner has the larger fence") {
  StateTable table({}, 0);
  const auto mine = table.lease("f", "leader", 1, milliseconds(100), at(0));
  REQUIRE(mine.outcome == StateOutcome::kDone);
  CHECK(table.lease("f", "leader", 2, milliseconds(100), at(50)).outcome == StateOutcome::kTaken);
  const auto renewed = table.lease("f", "leader", 1, milliseconds(100), at(80));
  CHECK(renewed.revision == mine.revision);
  CHECK(table.lease("f", "leader", 2, milliseconds(100), at(179)).outcome == StateOutcome::kTaken);
  const auto theirs = table.lease("f", "leader", 2, milliseconds(100), at(180));
  REQUIRE(theirs.outcome == StateOutcome::kDone);
  CHECK(theirs.revision > mine.revision);
}

TEST_CASE("state: a lease that is given back is free at once, and only its owner can give it back") {
  StateTable table({}, 0);
  REQUIRE(table.lease("f", "leader", 1, milliseconds(1000), at(0)).outcome == StateOutcome::kDone);
  CHECK(table.lease("f", "leader", 2, kForEver, at(1)).outcome == StateOutcome::kTaken);
  CHECK(table.lease("f", "leader", 1, kForEver, at(2)).outcome == StateOutcome::kDone);
  CHECK(table.lease("f", "leader", 2, milliseconds(1000), at(3)).outcome == StateOutcome::kDone);
}

TEST_CASE("state: changes come out once, as they are now, and in portions") {
  StateTable table({}, 0);
  table.set("f", "a", "1", kForEver, at(0));
  table.set("f", "a", "2", kForEver, at(0));
  table.set("f", "b", "3", kForEver, at(0));
  table.remove("f", "b", at(0));
  auto changes = table.take_changes(1);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].value == "2");
  changes = table.take_changes(10);
  REQUIRE(changes.size() == 1);
  CHECK_FALSE(changes[0].value.has_value());
  CHECK_FALSE(table.changed());
}

TEST_CASE("state: a sweep finds what expired, in as many turns as its bound makes it take") {
  StateTable table({}, 0);
  for (int i = 0; i < 100; ++i) table.set(i % 2 == 0 ? "f" : "g", std::to_string(i), "", milliseconds(10), at(0));
  table.set("f", "stays", "", kForEver, at(0));
  table.take_changes(1000);
  for (int i = 0; i < 30; ++i) table.sweep(at(10), 7);
  CHECK(table.usage("f").keys == 1);
  CHECK(table.usage("g").keys == 0);
  CHECK(table.take_changes(1000).size() == 100);
}
