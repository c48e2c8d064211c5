#include "runtime/event/dispatch/lane_roster.h"

#include <doctest/doctest.h>
#include <string>

using namespace sojourn;

namespace {

std::string text(const std::vector<LaneShare>& shares) {
  std::string all;
  for (const LaneShare& share : shares) all += share.lane + std::to_string(share.most) + " ";
  return all;
}

LaneView view(std::string lane, std::size_t ready, EpochMs first_due) {
  LaneView made;
  made.lane = std::move(lane);
  made.ready = ready;
  made.first_due = first_due;
  return made;
}

}  // namespace

TEST_CASE("lane roster: a lane is leased from when it is due, and not before") {
  LaneRoster roster(10);
  roster.wake("a", 100);
  CHECK(roster.choose(99).empty());
  CHECK(roster.next_due() == 100);
  CHECK(text(roster.choose(100)) == "a1 ");
  CHECK_FALSE(roster.next_due().has_value());
  roster.leased("a", 1, 0, 100);
  CHECK(roster.choose(1000).empty());
}

TEST_CASE("lane roster: a lane stays within its limit, which is one until a job of it was seen") {
  LaneRoster roster(10);
  roster.wake("a", 1);
  CHECK(text(roster.choose(5)) == "a1 ");
  roster.leased("a", 1, 1, 5);
  CHECK(roster.choose(5).empty());
  roster.set_limit("a", 4);
  CHECK(text(roster.choose(5)) == "a3 ");
  roster.leased("a", 3, 3, 5);
  CHECK(roster.choose(5).empty());
  roster.ended("a");
  CHECK(text(roster.choose(5)) == "a1 ");
  CHECK(roster.under_way("a") == 3);
}

TEST_CASE("lane roster: as much as was asked for may leave more behind, less leaves nothing") {
  LaneRoster roster(10);
  roster.set_limit("a", 3);
  roster.wake("a", 1);
  CHECK(text(roster.choose(5)) == "a3 ");
  roster.leased("a", 3, 2, 5);
  CHECK(roster.choose(5).empty());
  roster.wake("a", 6);
  CHECK(text(roster.choose(6)) == "a1 ");
  roster.leased("a", 1, 1, 6);
  roster.ended("a");
  CHECK(text(roster.choose(6)) == "a1 ");
}

TEST_CASE("lane roster: what was woken while a lease was asked for is not lost") {
  LaneRoster roster(10);
  roster.set_limit("a", 3);
  roster.wake("a", 1);
  CHECK(text(roster.choose(5)) == "a3 ");
  roster.wake("a", 5);
  roster.leased("a", 3, 0, 5);
  CHECK(text(roster.choose(5)) == "a3 ");
}

TEST_CASE("lane roster: several due times of a lane come one after the other") {
  LaneRoster roster(10);
  roster.wake("a", 300);
  roster.wake("a", 100);
  roster.wake("a", 200);
  for (const EpochMs due : {100, 200, 300}) {
    CHECK(roster.next_due() == due);
    CHECK(text(roster.choose(due)) == "a1 ");
    roster.leased("a", 1, 0, due);
  }
  CHECK_FALSE(roster.next_due().has_value());
}

TEST_CASE("lane roster: lanes share what is left, and who was served longest ago comes first") {
  LaneRoster roster(4);
  for (const char* lane : {"a", "b", "c"}) {
    roster.set_limit(lane, 8);
    roster.wake(lane, 1);
  }
  CHECK(text(roster.choose(5)) == "a1 b1 c2 ");
  roster.leased("a", 1, 1, 5);
  roster.leased("b", 1, 1, 5);
  roster.leased("c", 2, 2, 5);
  CHECK(roster.under_way() == 4);
  CHECK(roster.choose(5).empty());
  CHECK_FALSE(roster.next_due().has_value());
  roster.ended("c");
  CHECK(text(roster.choose(5)) == "a1 ");
  roster.leased("a", 1, 1, 5);
  roster.ended("c");
  CHECK(text(roster.choose(5)) == "b1 ");
}

TEST_CASE("lane roster: a lane whose function is busy waits, longer each time until it is free again") {
  LaneRoster roster(10);
  roster.wake("a", 1);
  roster.was_busy("a", 100);
  CHECK(roster.next_due() == 150);
  CHECK(roster.choose(149).empty());
  roster.was_busy("a", 150);
  CHECK(roster.next_due() == 250);
  for (int i = 0; i < 20; ++i) roster.was_busy("a", 250);
  CHECK(roster.next_due() == 250 + LaneRoster::kPauseMax);
  roster.was_free("a");
  CHECK(text(roster.choose(250)) == "a1 ");
  roster.was_busy("a", 300);
  roster.wake("a", 300);
  roster.leased("a", 1, 0, 300);
  CHECK(roster.next_due() == 350);
}

TEST_CASE("lane roster: a lane that is parked is left alone until lanes are opened") {
  LaneRoster roster(10);
  roster.wake("a", 60);
  roster.park("a");
  roster.wake("a", 65);
  CHECK_FALSE(roster.next_due().has_value());
  CHECK(roster.choose(70).empty());
  roster.open_parked();
  CHECK(text(roster.choose(70)) == "a1 ");
}

TEST_CASE("lane roster: a lane that had less than was asked for is surveyed, and goes on with what that says") {
  LaneRoster roster(10);
  roster.survey({view("a", 1, 100), view("b", 2, 100), view("c", 0, 0)});
  CHECK(text(roster.choose(100)) == "a1 b1 ");
  roster.leased("a", 1, 1, 100);
  CHECK_FALSE(roster.wants_survey());
  roster.leased("b", 1, 0, 100);
  CHECK(roster.wants_survey());
  roster.survey({view("b", 1, 400)});
  CHECK_FALSE(roster.wants_survey());
  CHECK(roster.next_due() == 400);
}

TEST_CASE("lane roster: of more due times than it notes the last are left to a survey") {
  LaneRoster roster(10);
  for (EpochMs due = 1; due <= static_cast<EpochMs>(LaneRoster::kDuesMax) + 10; ++due) roster.wake("a", due);
  CHECK(text(roster.choose(static_cast<EpochMs>(LaneRoster::kDuesMax))) == "a1 ");
  CHECK_FALSE(roster.next_due().has_value());
  roster.leased("a", 1, 0, 2000);
  CHECK(roster.wants_survey());
}

TEST_CASE("lane roster: idle lanes are forgotten, others are not") {
  LaneRoster roster(10);
  roster.set_limit("idle", 7);
  roster.wake("due", 100);
  roster.wake("busy", 1);
  CHECK(text(roster.choose(1)) == "busy1 ");
  roster.leased("busy", 1, 1, 1);
  roster.forget_idle();
  CHECK(roster.lanes() == 2);
  CHECK(roster.limit("idle") == LaneRoster::kLimitUnknown);
  roster.ended("busy");
  CHECK(roster.next_due() == 1);
}
