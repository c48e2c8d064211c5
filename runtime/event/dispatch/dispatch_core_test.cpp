#include "runtime/event/dispatch/dispatch_core.h"

#include <doctest/doctest.h>
#include <string>

#include "runtime/event/journal/memory_engine.h"

using namespace sojourn;

namespace {

constexpr EpochMs kNow = 1'700'000'000'000;

// A journal with some jobs in lane `a`, and a core that has looked at it.
class Stage {
 public:
  explicit Stage(int jobs) {
    REQUIRE(engine.begin(Outlives::kProcess).ok());
    for (int i = 0; i < jobs; ++i) {
      RunSpec run;
      run.id = "run-" + std::to_string(i);
      run.pipeline = "p";
      run.jobs.push_back({"s", "a", std::nullopt, kNow});
      EventRecord event;
      event.id = run.id;
      REQUIRE(engine.accept({event, {}, {run}}, kNow).ok());
    }
    core.woken({{"a", kNow}});
  }

  // Turns until there is nothing to do; what has begun.
  std::vector<LeasedWork> turns() {
    std::vector<LeasedWork> begun;
    while (auto turn = core.next_turn(now)) {
      auto result = do_turn(engine, *turn, now);
      for (LeasedWork& work : core.turn_done(std::move(*turn), std::move(result), now))
        begun.push_back(std::move(work));
    }
    return begun;
  }
  void end(const LeasedWork& work, decltype(JobEnd::how) how) {
    JobEnd end;
    end.job = work.lease.job;
    end.token = work.lease.token;
    end.how = std::move(how);
    REQUIRE(core.end(std::move(end), now));
  }
  // The next turn comes to nothing, for this reason.
  Turn fail_turn(ErrorCode code) {
    auto turn = core.next_turn(now);
    REQUIRE(turn.has_value());
    Turn seen = *turn;
    CHECK(core.turn_done(std::move(*turn), Error(code, "the disk"), now).empty());
    return seen;
  }

  MemoryEngine engine;
  DispatchCore core;
  EpochMs now = kNow;
};

}  // namespace

TEST_CASE("dispatch core: it begins what the journal holds, and has nothing to wake for when that is done") {
  Stage stage(2);
  auto begun = stage.turns();
  REQUIRE(begun.size() == 1);
  CHECK_FALSE(stage.core.wake_at().has_value());
  CHECK(stage.core.stats().under_way == 1);
  stage.end(begun[0], Completion());
  begun = stage.turns();
  REQUIRE(begun.size() == 1);
  stage.end(begun[0], Completion());
  CHECK(stage.turns().empty());
  CHECK(stage.core.idle());
  CHECK(stage.core.stats().done == 2);
  REQUIRE(stage.core.wake_at().has_value());  // one last look
  stage.now = *stage.core.wake_at();
  CHECK(stage.turns().empty());
  CHECK_FALSE(stage.core.wake_at().has_value());
}

TEST_CASE("dispatch core: a step's end and its successor's lease are one piece of work") {
  Stage stage(1);
  auto begun = stage.turns();
  Completion completion;
  completion.next.push_back({"t", "b", std::nullopt, kNow});
  stage.end(begun.at(0), completion);
  auto turn = stage.core.next_turn(kNow);
  REQUIRE(turn.has_value());
  CHECK(turn->ends.size() == 1);
  auto result = do_turn(stage.engine, *turn, kNow);
  begun = stage.core.turn_done(std::move(*turn), std::move(result), kNow);
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].lease.step == "t");
}

TEST_CASE("dispatch core: a retry is leased when it is due") {
  Stage stage(1);
  auto begun = stage.turns();
  stage.end(begun.at(0), TryAgain{{"crash", "x"}, kNow + 300});
  CHECK(stage.turns().empty());
  CHECK(stage.core.wake_at() == kNow + 300);
  stage.now = kNow + 300;
  begun = stage.turns();
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].lease.attempt == 2);
}

TEST_CASE("dispatch core: a turn that the journal did not take is done again after a pause") {
  Stage stage(1);
  auto begun = stage.turns();
  stage.end(begun.at(0), Completion());
  CHECK(stage.fail_turn(ErrorCode::kStoreUnavailable).ends.size() == 1);
  CHECK_FALSE(stage.core.next_turn(kNow).has_value());
  CHECK(stage.core.wake_at() == kNow + DispatchCore::kTurnPause);
  CHECK_FALSE(stage.core.idle());
  stage.now += DispatchCore::kTurnPause;
  stage.turns();
  CHECK(stage.core.stats().done == 1);
  CHECK(stage.core.stats().turns_failed == 1);
  CHECK(stage.core.idle());
}

TEST_CASE("dispatch core: an end that the journal never takes becomes a letter and holds up no other") {
  Stage stage(3);
  std::vector<LeasedWork> begun;
  for (LeasedWork& work : stage.turns()) begun.push_back(std::move(work));
  StepJob job;
  job.lease = begun.at(0).lease;
  job.concurrency = 3;
  stage.core.learn(job);
  for (LeasedWork& work : stage.turns()) begun.push_back(std::move(work));
  REQUIRE(begun.size() == 3);
  for (const LeasedWork& work : begun) stage.end(work, Completion());
  CHECK(stage.fail_turn(ErrorCode::kInternal).ends.size() == 3);
  stage.now += DispatchCore::kTurnPause;
  CHECK(stage.fail_turn(ErrorCode::kInternal).ends.size() == 1);
  for (int i = 0; i < 5; ++i) {
    stage.now += DispatchCore::kTurnPause;
    stage.turns();
  }
  CHECK(stage.core.idle());
  CHECK(stage.core.stats().done == 2);
  CHECK(stage.engine.letters({}).value().rows.size() == 1);
}

TEST_CASE("dispatch core: a cancelled run's job is let go, and its lane has room again") {
  Stage stage(2);
  auto begun = stage.turns();
  REQUIRE(begun.size() == 1);
  REQUIRE(stage.engine.cancel("run-0", kNow).value());
  CHECK(stage.core.cancelled("run-0") == std::vector<std::int64_t>{begun[0].lease.job});
  JobEnd late;
  late.job = begun[0].lease.job;
  late.token = begun[0].lease.token;
  CHECK_FALSE(stage.core.end(late, kNow));
  begun = stage.turns();
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].lease.run == "run-1");
}

TEST_CASE("dispatch core: of jobs that end together the others are let go when the first one's run was cancelled") {
  Stage stage(3);
  StepJob job;
  job.lease.lane = "a";
  job.concurrency = 3;
  stage.core.learn(job);
  const auto begun = stage.turns();
  REQUIRE(begun.size() == 3);
  REQUIRE(stage.engine.cancel(begun[0].lease.run, kNow).value());
  stage.core.cancelled(begun[0].lease.run);
  CHECK_FALSE(stage.core.is_under_way({begun[0].lease.job, begun[0].lease.token}));
  CHECK(stage.core.is_under_way({begun[1].lease.job, begun[1].lease.token}));
  JobEnd end;
  end.job = begun[0].lease.job;
  end.token = begun[0].lease.token;
  end.with = {{begun[1].lease.job, begun[1].lease.token}, {begun[2].lease.job, begun[2].lease.token}};
  end.how = Completion();
  CHECK(stage.core.end(end, kNow));
  stage.turns();
  CHECK(stage.core.idle());
  CHECK(stage.engine.stats().value().open_jobs == 0);
}

TEST_CASE("dispatch core: while it drains nothing begins, and what was leased meanwhile is given back") {
  Stage stage(2);
  auto turn = stage.core.next_turn(kNow);
  stage.core.drain();
  auto result = do_turn(stage.engine, *turn, kNow);
  CHECK(stage.core.turn_done(std::move(*turn), std::move(result), kNow).empty());
  CHECK_FALSE(stage.core.idle());
  CHECK(stage.turns().empty());
  CHECK(stage.core.idle());
  CHECK_FALSE(stage.core.wake_at().has_value());
  CHECK(stage.engine.lanes().value().at(0).ready == 2);
}
