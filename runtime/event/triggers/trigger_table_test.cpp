#include "runtime/event/triggers/trigger_table.h"

#include "runtime/event/triggers/trigger_stage.h"

using namespace sojourn;
using namespace sojourn::test;

namespace {

const Match kUsers = text_match(MatchKind::kPrefix, "type", "user.");
const Match kCreated = exact("type", R"("user.created")");

using Names = std::vector<std::string>;

std::string refusal(std::vector<TriggerSource> sources) {
  const auto table = TriggerTable::make(std::move(sources));
  REQUIRE_FALSE(table.ok());
  CHECK(table.error().code() == ErrorCode::kRefused);
  return table.error().text();
}

}  // namespace

TEST_CASE("trigger table: an event begins a run of each pipeline that it matches") {
  const auto table =
      table_of({source_of("exact", {on(EventTrigger{}, kCreated)}), source_of("prefix", {on(EventTrigger{}, kUsers)}),
                source_of("all", {on(EventTrigger{})}), source_of("data", {on(EventTrigger{}, exact("/vip", "true"))}),
                source_of("hook", {webhook("/a")})});
  CHECK(table->size() == 5);
  CHECK(pipelines_of(table->runs_for(event_of("user.created"))) == Names{"exact", "prefix", "all"});
  CHECK(pipelines_of(table->runs_for(event_of("user.deleted", R"({"vip":true})"))) == Names{"prefix", "all", "data"});
  CHECK(pipelines_of(table->runs_for(event_of("user"))) == Names{"all"});
}

TEST_CASE("trigger table: the pipeline's match and the trigger's have to hold, and one run begins however many do") {
  const auto both = changed(
      source_of("p", {on(EventTrigger{}, exact("/a", "1")), on(EventTrigger{}, exact("/b", "1")), on(EventTrigger{})}),
      [](Pipeline& pipeline) { pipeline.match = kUsers; });
  const auto table = table_of({both, source_of("q", {on(EventTrigger{})})});
  CHECK(pipelines_of(table->runs_for(event_of("user.x", R"({"a":1,"b":1})"))) == Names{"p", "q"});
  CHECK(pipelines_of(table->runs_for(event_of("order.x", R"({"a":1,"b":1})"))) == Names{"q"});
}

TEST_CASE("trigger table: a run has its definition, its first job in the step's lane, and its key") {
  const auto source = changed(source_of("p", {on(EventTrigger{})}), [](Pipeline& pipeline) {
    pipeline.key = {"/user/id"};
    pipeline.order = KeyOrder::kHold;
  });
  const auto table = table_of({source});
  const auto runs = table->runs_for(event_of("t", R"({"user":{"id":7}})"));
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].id.size() == 36);
  CHECK(runs[0].definition == "pipeline p@1");
  CHECK(runs[0].key == "7");
  CHECK(runs[0].after_failure == AfterFailure::kHold);
  REQUIRE(runs[0].jobs.size() == 1);
  CHECK(runs[0].jobs[0].step == "first");
  CHECK(runs[0].jobs[0].lane == step_lane("p", "first"));
  CHECK_FALSE(runs[0].jobs[0].input.has_value());
  CHECK(table->runs_for(event_of("t"))[0].key.empty());
}

TEST_CASE("trigger table: those who follow a function hear of the outcomes that they asked for") {
  const auto table = table_of(
      {source_of("good", {on(FunctionTrigger{"f", CallOutcome::kSuccess})}),
       source_of("bad", {on(FunctionTrigger{"f", CallOutcome::kFailure})}),
       source_of("any", {on(FunctionTrigger{"f", CallOutcome::kAny}), on(FunctionTrigger{"f", CallOutcome::kSuccess})}),
       source_of("picky", {on(FunctionTrigger{"f", CallOutcome::kAny}, exact("/status", "200"))}),
       source_of("other", {on(FunctionTrigger{"g", CallOutcome::kAny})})});
  const auto after = [&](CallOutcome outcome, const char* data) {
    return pipelines_of(table->runs_after("f", outcome, event_of("io.sojourn.function.succeeded", data)));
  };
  CHECK(after(CallOutcome::kSuccess, R"({"status":200})") == Names{"good", "any", "picky"});
  CHECK(after(CallOutcome::kFailure, R"({"status":500})") == Names{"bad", "any"});
  CHECK(table->is_followed("f"));
  CHECK_FALSE(table->is_followed("h"));
  CHECK(table->runs_after("h", CallOutcome::kSuccess, event_of("t")).empty());
  CHECK(table->runs_for(event_of("io.sojourn.function.succeeded")).empty());
}

TEST_CASE("trigger table: hooks, queues, schedules and directories are found") {
  const auto table = table_of({source_of("p", {webhook("/a"), on(QueueTrigger{"q"}), on(CronTrigger{"@hourly"})}),
                               source_of("r", {on(FilesTrigger{"/in"}), on(CronTrigger{"@daily"}, kUsers)})});
  REQUIRE(table->hook("/a") != nullptr);
  CHECK(table->hook("/a")->source->pipeline->name == "p");
  CHECK(table->hook("/a")->as<WebhookTrigger>().path == "/a");
  CHECK(table->hook("/b") == nullptr);
  CHECK(table->consumer("q")->as<QueueTrigger>().name == "q");
  CHECK(table->consumer("none") == nullptr);
  CHECK(table->schedules().size() == 2);
  CHECK(table->directories().size() == 1);
  CHECK(table->consumers().size() == 1);
  REQUIRE(table->triggers_of("r").size() == 2);
  CHECK(table->triggers_of("r")[1].as<CronTrigger>().schedule == "@daily");
  CHECK(table->triggers_of("none").empty());
  CHECK(table->run_of(*table->hook("/a"), event_of("t")).has_value());
  CHECK_FALSE(table->run_of(table->schedules()[1], event_of("t")).has_value());
  CHECK(table->run_of(table->schedules()[1], event_of("user.x"))->pipeline == "r");
}

TEST_CASE("trigger table: what can be taken once is refused with both names") {
  const auto p = source_of("p", {webhook("/pay"), on(QueueTrigger{"mails"})});
  auto f = source_of("f", {webhook("/pay")});
  f.definition.kind = RunKind::kTrigger;
  CHECK(refusal({p, f}) ==
        "the webhook path `/pay` can be taken once: the pipeline `p` and the function `f` both have it");
  CHECK(refusal({p, source_of("q", {on(QueueTrigger{"mails"})})}) ==
        "the queue `mails` can be taken once: the pipeline `p` and the pipeline `q` both have it");
  CHECK(refusal({source_of("p", {on(QueueTrigger{"a"}), on(QueueTrigger{"a"})})}).find("`p` has it twice") !=
        std::string::npos);
  auto g = source_of("p", {});
  g.definition.kind = RunKind::kTrigger;
  CHECK(refusal({p, g}).find("two have the name `p`, of which one is the function `p`") != std::string::npos);
  const Match wide = group(MatchKind::kAny, std::vector<Match>(300, exists("/a")));
  CHECK(refusal({source_of("w", {on(EventTrigger{}, wide)})}).find("the pipeline `w`: a match has at most") == 0);
}

TEST_CASE("trigger table: 10,000 triggers cost an event what few do") {
  std::vector<TriggerSource> sources;
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    const Match match = i % 2 == 0 ? exact("type", "\"type." + number + "\"")
                                   : text_match(MatchKind::kPrefix, "type", "prefix." + number + ".");
    sources.push_back(source_of("p" + number, {on(EventTrigger{}, match)}));
  }
  sources.push_back(source_of("any", {on(EventTrigger{}, exact("/x", "1"))}));
  const auto table = table_of(std::move(sources));
  CHECK(table->size() == 10'001);
  CHECK(table->compared_with("type.5000") == 2);
  CHECK(table->compared_with("prefix.4999.more") == 2);
  CHECK(table->compared_with("nothing") == 1);
  CHECK(pipelines_of(table->runs_for(event_of("type.5000", R"({"x":1})"))) == Names{"p5000", "any"});
}
