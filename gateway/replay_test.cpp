#include "gateway/replay.h"

#include <doctest/doctest.h>

#include "loader/temporary_directory.h"
#include "runtime/event/journal/memory_engine.h"
#include "runtime/event/triggers/intake.h"
#include "runtime/event/triggers/stored_call.h"
#include "runtime/event/triggers/trigger_stage.h"

namespace sojourn {
namespace {

using namespace sojourn::test;

constexpr EpochMs kNow = 1'700'000'000'000;

class Stage {
 public:
  Stage() { REQUIRE(journal.begin(Outlives::kProcess).ok()); }

  std::int64_t accept(const Acceptance& acceptance) { return journal.accept(acceptance, kNow).value().event; }
  // The pipelines that a replay of the event begins runs of.
  std::vector<std::string> replay_of(std::int64_t event, std::string pipeline = {}) {
    ReplayWish wish;
    wish.only = event;
    wish.pipeline = std::move(pipeline);
    wish.triggers = table;
    wish.now = kNow + 5;
    const auto replayed = replay(journal, payloads, wish);
    REQUIRE(replayed.ok());
    std::vector<std::string> names;
    for (const ReplayedRun& run : replayed->runs) names.push_back(run.pipeline);
    return names;
  }

  const TemporaryDirectory directory;
  PayloadStore payloads = PayloadStore::open(directory.path() + "/payloads").value();
  MemoryEngine journal;
  TriggerTablePtr table =
      table_of({source_of("all", {on(EventTrigger{})}), source_of("also", {on(EventTrigger{})}),
                source_of("hooked", {webhook("/a")}),
                source_of("both", {webhook("/b"), on(EventTrigger{}, exact("type", R"("u")"))}),
                source_of("worker", {on(QueueTrigger{"q"})}), source_of("after", {on(FunctionTrigger{"f"})})});
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("replay: an event that everybody hears begins runs of those who listen now") {
  Stage stage;
  const auto none = table_of({});
  CHECK(stage.replay_of(stage.accept(accept_published(*none, event_of("t"), kNow))) == Names{"all", "also"});
  CloudEvent other = event_of("u");
  other.id = "id-2";
  const std::int64_t heard = stage.accept(accept_published(*stage.table, other, kNow));
  CHECK(stage.replay_of(heard) == Names{"all", "also", "both"});
  CHECK(stage.replay_of(heard, "also") == Names{"also"});
}

TEST_CASE("replay: an event whose pipeline is gone is heard by those who listen now") {
  Stage stage;
  const auto before = table_of({source_of("gone", {on(EventTrigger{})})});
  CHECK(stage.replay_of(stage.accept(accept_published(*before, event_of("t"), kNow))) == Names{"all", "also"});
}

TEST_CASE("replay: what came for one pipeline begins a run of that one, however often, and of nobody who listens") {
  Stage stage;
  const auto hooked = accept_for(*stage.table, *stage.table->hook("/a"), event_of("t"), {}, kNow);
  REQUIRE(hooked.has_value());
  const std::int64_t event = stage.accept(*hooked);
  CHECK(stage.replay_of(event) == Names{"hooked"});
  CHECK(stage.replay_of(event) == Names{"hooked"});
  const std::int64_t item = stage.accept(accept_enqueued(*stage.table, "q", event_of("t"), kNow));
  CHECK(stage.replay_of(item) == Names{"worker"});
}

TEST_CASE("replay: an item that waits for a consumer and an asynchronous call begin nothing") {
  Stage stage;
  CHECK(stage.replay_of(stage.accept(accept_enqueued(*stage.table, "nobody", event_of("t"), kNow))).empty());
  StoredCall call;
  call.id = "11111111-2222-4333-8444-555555555555";
  call.function = "f";
  call.version = 1;
  Acceptance begun;
  begun.event = to_record(call);
  begun.runs.push_back(run_of(call, kNow));
  CHECK(stage.replay_of(stage.accept(begun)).empty());
}

TEST_CASE("replay: what it begins is due now, and waits behind what is due already") {
  Stage stage;
  const std::int64_t event = stage.accept(accept_published(*stage.table, event_of("t"), kNow));
  const std::string lane = step_lane("all", "first");
  REQUIRE(stage.journal.lease(lane, kNow, 1).value().size() == 1);
  stage.replay_of(event, "all");
  CHECK(stage.journal.lease(lane, kNow + 4, 1).value().empty());
  CHECK(stage.journal.lease(lane, kNow + 5, 1).value().size() == 1);
}

}  // namespace sojourn
