#include "runtime/event/dispatch/lane_book.h"

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

TEST_CASE("lane book: a lane is leased from when it is due, and not before") {
  LaneBook book(10);
  book.wake("a", 100);
  CHECK(book.choose(99).empty());
  CHECK(book.next_due() == 100);
  CHECK(text(book.choose(100)) == "a1 ");
  CHECK_FALSE(book.next_due().has_value());
  book.leased("a", 1, 0, 100);
  CHECK(book.choose(1000).empty());
}

TEST_CASE("lane book: a lane stays within its limit, which is one until a job of it was seen") {
  LaneBook book(10);
  book.wake("a", 1);
  CHECK(text(book.choose(5)) == "a1 ");
  book.leased("a", 1, 1, 5);
  CHECK(book.choose(5).empty());
  book.set_limit("a", 4);
  CHECK(text(book.choose(5)) == "a3 ");
  book.leased("a", 3, 3, 5);
  CHECK(book.choose(5).empty());
  book.ended("a");
  CHECK(text(book.choose(5)) == "a1 ");
  CHECK(book.under_way("a") == 3);
}

TEST_CASE("lane book: as much as was asked for may leave more behind, less leaves nothing") {
  LaneBook book(10);
  book.set_limit("a", 3);
  book.wake("a", 1);
  CHECK(text(book.choose(5)) == "a3 ");
  book.leased("a", 3, 2, 5);
  CHECK(book.choose(5).empty());
  book.wake("a", 6);
  CHECK(text(book.choose(6)) == "a1 ");
  book.leased("a", 1, 1, 6);
  book.ended("a");
  CHECK(text(book.choose(6)) == "a1 ");
}

TEST_CASE("lane book: what was woken while a lease was asked for is not lost") {
  LaneBook book(10);
  book.set_limit("a", 3);
  book.wake("a", 1);
  CHECK(text(book.choose(5)) == "a3 ");
  book.wake("a", 5);
  book.leased("a", 3, 0, 5);
  CHECK(text(book.choose(5)) == "a3 ");
}

TEST_CASE("lane book: several due times of a lane come one after the other") {
  LaneBook book(10);
  book.wake("a", 300);
  book.wake("a", 100);
  book.wake("a", 200);
  for (const EpochMs due : {100, 200, 300}) {
    CHECK(book.next_due() == due);
    CHECK(text(book.choose(due)) == "a1 ");
    book.leased("a", 1, 0, due);
  }
  CHECK_FALSE(book.next_due().has_value());
}

TEST_CASE("lane book: lanes share what is left, and who was served longest ago comes first") {
  LaneBook book(4);
  for (const char* lane : {"a", "b", "c"}) {
    book.set_limit(lane, 8);
    book.wake(lane, 1);
  }
  CHECK(text(book.choose(5)) == "a1 b1 c2 ");
  book.leased("a", 1, 1, 5);
  book.leased("b", 1, 1, 5);
  book.leased("c", 2, 2, 5);
  CHECK(book.under_way() == 4);
  CHECK(book.choose(5).empty());
  CHECK_FALSE(book.next_due().has_value());
  book.ended("c");
  CHECK(text(book.choose(5)) == "a1 ");
  book.leased("a", 1, 1, 5);
  book.ended("c");
  CHECK(text(book.choose(5)) == "b1 ");
}

TEST_CASE("lane book: a pause puts a lane off, and parking takes it out until lanes are opened") {
  LaneBook book(10);
  book.wake("a", 1);
  book.pause("a", 50);
  CHECK(book.next_due() == 50);
  CHECK(book.choose(49).empty());
  CHECK(text(book.choose(50)) == "a1 ");
  book.leased("a", 1, 0, 50);
  book.park("a");
  book.wake("a", 60);
  CHECK_FALSE(book.next_due().has_value());
  CHECK(book.choose(70).empty());
  book.open_parked();
  CHECK(text(book.choose(70)) == "a1 ");
}

TEST_CASE("lane book: of a journal from before, a lane with later jobs is surveyed when the first ones are taken") {
  LaneBook book(10);
  book.survey({view("a", 1, 100), view("b", 2, 100), view("c", 0, 0)});
  CHECK(text(book.choose(100)) == "a1 b1 ");
  book.leased("a", 1, 0, 100);
  CHECK_FALSE(book.wants_survey());
  book.leased("b", 1, 0, 100);
  CHECK(book.wants_survey());
  book.survey({view("b", 1, 400)});
  CHECK_FALSE(book.wants_survey());
  CHECK(book.next_due() == 400);
}

TEST_CASE("lane book: more due times than it notes make a lane blind, and none is lost") {
  LaneBook book(10);
  for (EpochMs due = 1; due <= static_cast<EpochMs>(LaneBook::kDuesMax) + 1; ++due) book.wake("a", due);
  CHECK(text(book.choose(5000)) == "a1 ");
  book.leased("a", 1, 0, 5000);
  CHECK(book.wants_survey());
}

TEST_CASE("lane book: idle lanes are forgotten, others are not") {
  LaneBook book(10);
  book.set_limit("idle", 7);
  book.wake("due", 100);
  book.wake("busy", 1);
  CHECK(text(book.choose(1)) == "busy1 ");
  book.leased("busy", 1, 1, 1);
  book.forget_idle();
  CHECK(book.lanes() == 2);
  CHECK(book.limit("idle") == LaneBook::kLimitUnknown);
  book.ended("busy");
  CHECK(book.next_due() == 1);
}
