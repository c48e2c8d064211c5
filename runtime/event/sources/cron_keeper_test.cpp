#include "runtime/event/sources/cron_keeper.h"

#include <set>

#include "runtime/event/sources/sources_stage.h"

using namespace sojourn;
using namespace sojourn::test;
using namespace std::chrono_literals;

namespace {

Trigger cron(std::string schedule, CatchUp catch_up = CatchUp::kLatest, std::string zone = "UTC") {
  return on(CronTrigger{std::move(schedule), std::move(zone), catch_up});
}

// A keeper that can be ended and begun again, as by a restart.
struct CronStage : SourcesStage {
  void start() {
    keeper.emplace(
        loop, *journal, [this] { return table; }, clock, log);
    keeper->started();
    settle();
  }
  void stop() { keeper.reset(); }
  void deploy(std::vector<TriggerSource> sources) {
    table = table_of(std::move(sources));
    if (!keeper) return;
    keeper->deployed();
    settle();
  }
  void settle() { static_cast<void>(events()); }  // what was asked of the journal before has been answered
  void at(const std::string& time) {
    clock.set(time_of(time));
    keeper->look();
    settle();
  }
  std::vector<std::string> fired() {
    for (std::size_t before = 0, now = 1; before != now; now = events().size()) {
      before = events().size();
      settle();
    }
    return event_ids();
  }

  std::optional<CronKeeper> keeper;
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("cron keeper: a fire is an event for its trigger, with the time as its id") {
  CronStage stage;
  stage.deploy({source_of("nightly", {on(EventTrigger{}), cron("0 9 * * *", CatchUp::kLatest, "Europe/Berlin")})});
  stage.start();
  CHECK(stage.fired().empty());
  stage.at("2026-11-23 07:59:59");
  CHECK(stage.fired().empty());
  stage.at("2026-11-23 08:00:00");
  REQUIRE(stage.fired() == Ids{"2026-11-23T08:00:00.000Z"});
  const EventRecord event = stage.events()[0].event;
  CHECK(event.type == "io.sojourn.cron");
  CHECK(event.source == "/pipelines/nightly/triggers/1");
  CHECK(event.data == R"({"schedule":"0 9 * * *","time":"2026-11-23T08:00:00.000Z"})");
  CHECK(stage.keeper->stats().fired == 1);
}

TEST_CASE("cron keeper: times that passed while it was down are made up as the trigger says") {
  const std::pair<CatchUp, Ids> cases[] = {
      {CatchUp::kNone, {}},
      {CatchUp::kLatest, {"2026-11-22T16:00:00.000Z"}},
      {CatchUp::kAll,
       {"2026-11-22T13:00:00.000Z", "2026-11-22T14:00:00.000Z", "2026-11-22T15:00:00.000Z",
        "2026-11-22T16:00:00.000Z"}},
  };
  for (const auto& one : cases) {
    CronStage stage;
    stage.deploy({source_of("p", {cron("@hourly", one.first)})});
    stage.start();
    stage.stop();
    stage.open_journal();
    stage.clock.set(time_of("2026-11-22 16:30:00"));
    stage.start();
    stage.keeper->look();
    CHECK(stage.fired() == one.second);
    stage.at("2026-11-22 17:00:00");
    CHECK(stage.fired().back() == "2026-11-22T17:00:00.000Z");
    CHECK(stage.fired().size() == one.second.size() + 1);
  }
}

TEST_CASE("cron keeper: a short delay is no down time, even where nothing is made up") {
  CronStage stage;
  stage.deploy({source_of("p", {cron("@hourly", CatchUp::kNone)})});
  stage.start();
  stage.stop();
  stage.clock.set(time_of("2026-11-22 13:00:59"));
  stage.start();
  stage.keeper->look();
  CHECK(stage.fired() == Ids{"2026-11-22T13:00:00.000Z"});
}

TEST_CASE("cron keeper: of more missed times than the bound the latest are made up, and the log says so") {
  CronStage stage;
  stage.deploy({source_of("p", {cron("* * * * *", CatchUp::kAll)})});
  stage.start();
  stage.at("2026-11-25 12:00:30");
  REQUIRE(stage.run_until([&] { return stage.keeper->stats().fired == CronKeeper::kMadeUpMax; }));
  const Ids ids = stage.fired();
  REQUIRE(ids.size() == CronKeeper::kMadeUpMax);
  CHECK(ids.back() == "2026-11-25T12:00:00.000Z");
  CHECK(ids.front() == "2026-11-24T19:21:00.000Z");
  CHECK(stage.log_text().find("the latest 1000 fire") != std::string::npos);
}

TEST_CASE("cron keeper: a time fires once by two processes, also where the pipeline remembers no events") {
  CronStage stage;
  stage.deploy({changed(source_of("p", {cron("@hourly")}), [](Pipeline& pipeline) { pipeline.dedupe = 0ms; })});
  stage.start();
  CronKeeper second(
      stage.loop, *stage.journal, [&] { return stage.table; }, stage.clock, stage.log);
  second.started();
  stage.settle();
  stage.at("2026-11-22 13:00:00");
  second.look();
  CHECK(stage.fired() == Ids{"2026-11-22T13:00:00.000Z"});
  CHECK(second.stats().known == 1);
  CHECK(second.stats().fired == 0);
}

TEST_CASE("cron keeper: a clock that goes back fires nothing twice") {
  CronStage stage;
  stage.deploy({source_of("p", {cron("0 * * * *")})});
  stage.start();
  stage.at("2026-11-22 13:00:00");
  stage.at("2026-11-22 12:59:00");  // a correction: it waits
  stage.at("2026-11-22 13:00:10");
  CHECK(stage.fired().size() == 1);
  CHECK(stage.keeper->stats().known == 0);
  stage.at("2026-11-22 14:00:00");
  CHECK(stage.fired().size() == 2);
  stage.at("2026-11-22 06:30:00");  // far: it begins anew, and the journal knows what has been
  for (const char* time : {"07", "08", "12", "13", "14"}) stage.at("2026-11-22 " + std::string(time) + ":00:00");
  const Ids ids = stage.fired();
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
  CHECK(ids.size() == 5);  // 13, 14, and then 07, 08, 12
  CHECK(stage.keeper->stats().known == 2);
  CHECK(stage.log_text().find("went back") != std::string::npos);
}

TEST_CASE("cron keeper: a mark in the far future, of a clock that was wrong, does not stop a schedule") {
  CronStage stage;
  stage.clock.set(time_of("2031-01-01 00:00:00"));
  stage.deploy({source_of("p", {cron("@hourly")})});
  stage.start();
  stage.stop();
  stage.clock.set(time_of("2026-11-22 12:00:30"));
  stage.start();
  stage.at("2026-11-22 13:00:00");
  CHECK(stage.fired() == Ids{"2026-11-22T13:00:00.000Z"});
}

TEST_CASE("cron keeper: a deploy keeps what is known, and what is new begins with it") {
  CronStage stage;
  stage.deploy(
      {source_of("old", {cron("@hourly", CatchUp::kAll)}), source_of("gone", {cron("@hourly", CatchUp::kAll)})});
  stage.start();
  stage.clock.set(time_of("2026-11-22 13:00:30"));  // nobody has looked yet
  stage.deploy(
      {source_of("old", {cron("@hourly", CatchUp::kAll)}), source_of("new", {cron("@hourly", CatchUp::kAll)})});
  stage.keeper->look();
  REQUIRE(stage.fired().size() == 1);
  CHECK(stage.events()[0].event.source == "/pipelines/old/triggers/0");
  // What was taken away for a day and comes back has missed nothing.
  stage.at("2026-11-23 13:00:00");
  const auto before = stage.fired().size();
  stage.deploy({source_of("gone", {cron("@hourly", CatchUp::kAll)})});
  stage.keeper->look();
  CHECK(stage.fired().size() == before);
  CHECK(stage.keeper->stats().schedules == 1);
}

TEST_CASE("cron keeper: a trigger's match decides, and its mark goes on all the same") {
  CronStage stage;
  stage.deploy({source_of("p", {on(CronTrigger{"@hourly", "UTC", CatchUp::kAll}, exact("/schedule", R"("other")"))})});
  stage.start();
  stage.at("2026-11-22 15:00:00");
  CHECK(stage.fired().empty());
  stage.stop();
  stage.deploy({source_of("p", {cron("@hourly", CatchUp::kAll)})});
  stage.start();
  stage.keeper->look();
  CHECK(stage.fired().empty());
}

TEST_CASE("cron keeper: a schedule that cannot be read is logged, and the others fire") {
  CronStage stage;
  stage.deploy({source_of("bad", {cron("61 * * * *")}), source_of("worse", {cron("@daily", CatchUp::kAll, "No/Where")}),
                source_of("good", {cron("@hourly")})});
  stage.start();
  stage.at("2026-11-22 13:00:00");
  CHECK(stage.fired().size() == 1);
  CHECK(stage.log_text().find("`61` is not between 0 and 59") != std::string::npos);
  CHECK(stage.log_text().find("No/Where") != std::string::npos);
}

TEST_CASE("cron keeper: the timer fires it at its time") {
  CronStage stage;
  stage.clock.set(time_of("2026-11-22 12:59:59"));
  stage.deploy({source_of("p", {cron("@hourly")})});
  stage.start();
  stage.run_for(20ms);
  CHECK(stage.keeper->stats().fired == 0);
  Timer turning(stage.loop);
  turning.start(50ms, [&] { stage.clock.forward(1s); });
  CHECK(stage.run_until([&] { return stage.keeper->stats().fired == 1; }));
}

TEST_CASE("cron keeper: a thousand schedules sleep together and fire together") {
  CronStage stage;
  std::vector<TriggerSource> sources;
  for (int i = 0; i < 1000; ++i) sources.push_back(source_of("p" + std::to_string(i), {cron("0 0 * * *")}));
  stage.deploy(std::move(sources));
  stage.start();
  const auto looks = stage.keeper->stats().looks;
  stage.run_for(500ms);
  CHECK(stage.keeper->stats().looks <= looks + 1);
  stage.at("2026-11-23 00:00:00");
  CHECK(stage.run_until([&] { return stage.keeper->stats().fired == 1000; }));
  CHECK(stage.fired().size() == 1000);
  CHECK(stage.keeper->stats().looks < looks + 20);
}
