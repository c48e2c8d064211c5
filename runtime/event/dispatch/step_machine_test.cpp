#include "runtime/event/dispatch/step_machine.h"

#include <doctest/doctest.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/event/dispatch/dispatch_core.h"
#include "runtime/event/journal/memory_engine.h"
#include "runtime/event/triggers/intake.h"

using namespace sojourn;
using namespace std::chrono_literals;

namespace {

constexpr EpochMs kNow = 1'700'000'000'000;

Match of_type(const std::string& type) {
  Match match;
  match.kind = MatchKind::kExact;
  match.reference = "type";
  match.value = "\"" + type + "\"";
  return match;
}

// A pipeline `shop` of three steps, one function, and whatever listens.
class Stage final : public DispatchSite {
 public:
  Stage() {
    pipeline_ = std::make_shared<Pipeline>();
    pipeline_->name = "shop";
    pipeline_->triggers.push_back({EventTrigger{}, of_type("order.paid")});
    for (const char* id : {"enrich", "tell", "note"}) {
      Step& step = pipeline_->steps.emplace_back();
      step.id = id;
      step.act = CallStep{"crm"};
      step.retry.attempts = 2;
      step.retry.jitter = Jitter::kNone;
    }
    pipeline_->steps[1].act = EmitStep{"order.told"};
    listener_ = std::make_shared<Pipeline>();
    listener_->name = "listener";
    listener_->triggers.push_back({EventTrigger{}, of_type("order.told")});
    listener_->steps.emplace_back().id = "hear";
    listener_->steps.front().act = CallStep{"crm"};
    auto version = std::make_shared<Version>();
    version->function = "crm";
    version->number = 4;
    version->config.retry.attempts = 2;
    version_ = version;
    make_table();
  }

  void make_table() {
    RunDefinition shop;
    shop.name = "shop";
    shop.number = 1;
    shop.functions["crm"] = 4;
    RunDefinition listener = shop;
    listener.name = "listener";
    table_ = TriggerTable::make({{pipeline_, shop}, {listener_, listener}}).value();
  }

  Result<std::shared_ptr<const Pipeline>> pipeline(const RunDefinition& definition) override {
    return std::shared_ptr<const Pipeline>(definition.name == "shop" ? pipeline_ : listener_);
  }
  Result<ChainPtr> chain(std::string_view reference) override {
    if (reference != "crm@4") return Error(ErrorCode::kVersionNotFound, std::string(reference) + " is gone");
    auto chain = std::make_shared<Chain>();
    chain->links.push_back({"crm", "crm", version_, nullptr});
    return ChainPtr(chain);
  }
  TriggerTablePtr triggers() override { return table_; }
  Result<SecretText> secret(std::string_view name) override {
    return Error(ErrorCode::kSecretNotFound, std::string(name));
  }

  StepJob job(const std::string& step, int attempt = 1) {
    LeasedJob lease;
    lease.job = 7;
    lease.token = 70;
    lease.attempt = attempt;
    lease.run = "run";
    lease.pipeline = "shop";
    lease.definition = "pipeline shop@1 crm@4";
    lease.step = step;
    lease.lane = step_lane("shop", step);
    CloudEvent event;
    event.id = "1";
    event.source = "/till";
    event.type = "order.paid";
    event.data = "{}";
    lease.input = to_record(event);
    return understand(lease, *this).value();
  }
  StepJob async_job(const std::string& callback, int attempt = 1) {
    StoredCall call;
    call.id = "call";
    call.function = "crm";
    call.version = 4;
    call.callback = callback;
    LeasedJob lease;
    lease.attempt = attempt;
    lease.run = "call";
    lease.definition = "call crm@4";
    lease.step = kCallStep;
    lease.lane = call_lane("crm");
    lease.input = to_record(call);
    return understand(lease, *this).value();
  }
  Deciding deciding(double random = 0) { return {kNow, random, *table_}; }

  std::shared_ptr<Pipeline> pipeline_, listener_;
  VersionPtr version_;
  TriggerTablePtr table_;
};

Attempted with(StepOutcome outcome) {
  Attempted attempted;
  attempted.outcome = std::move(outcome);
  attempted.call_id = "c";
  return attempted;
}

Attempted failed(ErrorCode code, std::optional<std::chrono::milliseconds> wait = {}) {
  return with(outcome_of_error(code, "why", wait));
}

}  // namespace

TEST_CASE("step machine: a done step is followed by the next one, in its lane and with what it was given") {
  Stage stage;
  const JobEnd end = decide(stage.job("enrich"), with({}), stage.deciding());
  CHECK(end.job == 7);
  CHECK(end.token == 70);
  const auto& completion = std::get<Completion>(end.how);
  REQUIRE(completion.next.size() == 1);
  CHECK(completion.next[0].step == "tell");
  CHECK(completion.next[0].lane == step_lane("shop", "tell"));
  CHECK_FALSE(completion.next[0].input.has_value());
  CHECK_FALSE(completion.result.has_value());
}

TEST_CASE("step machine: what a step has made is what the next one sees") {
  Stage stage;
  const StepJob job = stage.job("enrich");
  StepOutcome outcome =
      outcome_of_call({200, {{"content-type", "text/plain"}}, "rich"}, job.event, "crm", job.idempotency_key(), kNow);
  const JobEnd end = decide(job, with(std::move(outcome)), stage.deciding());
  const auto& completion = std::get<Completion>(end.how);
  REQUIRE(completion.next.at(0).input.has_value());
  const CloudEvent seen = to_event(*completion.next[0].input).value();
  CHECK(seen.data == "rich");
  CHECK(seen.id == "1");
}

TEST_CASE("step machine: an event that replaces the input comes from it") {
  Stage stage;
  const StepJob job = stage.job("enrich");
  StepOutcome outcome = outcome_of_call({200, {{"ce-specversion", "1.0"}, {"ce-type", "order.rich"}}, ""}, job.event,
                                        "crm", job.idempotency_key(), kNow);
  const JobEnd end = decide(job, with(std::move(outcome)), stage.deciding());
  const CloudEvent seen = to_event(*std::get<Completion>(end.how).next.at(0).input).value();
  CHECK(seen.type == "order.rich");
  CHECK(seen.source == "/functions/crm");
  CHECK(seen.id == "run.enrich");
  CHECK(seen.attribute("causationid") == "1");
  CHECK(seen.attribute(kHopsAttribute) == "1");
}

TEST_CASE("step machine: the last step ends the run with what it answered, and so does a filtered one") {
  Stage stage;
  StepOutcome last;
  last.result = to_result({201, {}, "made"});
  const JobEnd end = decide(stage.job("note"), with(std::move(last)), stage.deciding());
  CHECK(std::get<Completion>(end.how).next.empty());
  CHECK(std::get<Completion>(end.how).result->status == 201);
  StepOutcome filtered;
  filtered.verdict = Verdict::kFiltered;
  CHECK(
      std::get<Completion>(decide(stage.job("enrich"), with(std::move(filtered)), stage.deciding()).how).next.empty());
}

TEST_CASE("step machine: an emit step gives the event to whoever listens and goes on with its own") {
  Stage stage;
  const JobEnd end = decide_inside(stage.job("tell"), stage.deciding());
  const auto& completion = std::get<Completion>(end.how);
  REQUIRE(completion.emitted.size() == 1);
  CHECK(completion.emitted[0].event.type == "order.told");
  CHECK(completion.emitted[0].event.source == "/pipelines/shop");
  CHECK(completion.emitted[0].event.id == "run.tell");
  REQUIRE(completion.emitted[0].runs.size() == 1);
  CHECK(completion.emitted[0].runs[0].pipeline == "listener");
  CHECK(completion.next.at(0).step == "note");
}

TEST_CASE("step machine: an event too many hops from the first is a dead letter") {
  Stage stage;
  StepJob job = stage.job("tell");
  job.event.attributes[std::string(kHopsAttribute)] = std::to_string(kHopsMax);
  const JobEnd end = decide_inside(job, stage.deciding());
  CHECK(std::get<Bury>(end.how).error.kind == "invalid");
  CHECK(std::get<Bury>(end.how).error.text.find("loop_detected") != std::string::npos);
}

TEST_CASE("step machine: what a call emitted is committed with its end, and has the same name at every attempt") {
  Stage stage;
  Attempted attempted;
  attempted.emitted.resize(2);
  for (EmittedEvent& event : attempted.emitted) event.source = "/functions/crm";
  attempted.emitted[0].attributes = {{"type", "order.told"}};
  attempted.emitted[1].attributes = {{"type", "job"}, {"id", "mine"}};
  attempted.emitted[1].queue = "jobs";
  const JobEnd end = decide(stage.job("enrich"), std::move(attempted), stage.deciding());
  const auto& emitted = std::get<Completion>(end.how).emitted;
  REQUIRE(emitted.size() == 2);
  CHECK(emitted[0].event.id == "run.enrich.0");
  CHECK(emitted[0].event.source == "/functions/crm");
  CHECK(emitted[0].runs.at(0).pipeline == "listener");
  CHECK(emitted[1].event.id == "mine");
  CHECK(emitted[1].runs.at(0).definition == "queue jobs");
}

TEST_CASE("step machine: a failed attempt is made again by the step's policy, or when it was asked to") {
  Stage stage;
  const JobEnd again = decide(stage.job("enrich"), failed(ErrorCode::kFunctionCrashed), stage.deciding());
  CHECK(std::get<TryAgain>(again.how).due == kNow + 1000);
  CHECK(std::get<TryAgain>(again.how).error.kind == "crash");
  const JobEnd asked = decide(stage.job("enrich"), failed(ErrorCode::kNoCapacity, 7s), stage.deciding());
  CHECK(std::get<TryAgain>(asked.how).due == kNow + 7000);
}

TEST_CASE("step machine: after the last attempt there is a letter, or a failed run where none is wanted") {
  Stage stage;
  const JobEnd dead = decide(stage.job("enrich", 2), failed(ErrorCode::kDeadline), stage.deciding());
  CHECK(std::get<Bury>(dead.how).error.kind == "timeout");
  stage.pipeline_->steps[0].dead_letter = false;
  const JobEnd over = decide(stage.job("enrich", 2), failed(ErrorCode::kDeadline), stage.deciding());
  CHECK(std::get<FailRun>(over.how).error.kind == "timeout");
}

TEST_CASE("step machine: what would fail again is dead at once, and what did not begin does not count") {
  Stage stage;
  CHECK(std::holds_alternative<Bury>(
      decide(stage.job("enrich"), failed(ErrorCode::kBodyTooLarge), stage.deciding()).how));
  const JobEnd back = decide(stage.job("enrich", 2), failed(ErrorCode::kDraining), stage.deciding());
  CHECK(std::get<HandBack>(back.how).due == kNow);
}

TEST_CASE("step machine: an attempt beyond the last, which a server left behind, is not made") {
  Stage stage;
  CHECK_FALSE(is_spent(stage.job("enrich", 2)));
  const StepJob spent = stage.job("enrich", 3);
  REQUIRE(is_spent(spent));
  CHECK(std::get<Bury>(decide_spent(spent, stage.deciding()).how).error.kind == "unavailable");
}

TEST_CASE("step machine: a job whose function is gone is a letter that says so") {
  Stage stage;
  StepJob job = stage.job("enrich");
  job.lease.definition = "pipeline shop@1 crm@5";
  const auto gone = understand(job.lease, stage);
  REQUIRE_FALSE(gone.ok());
  const JobEnd end = decide_unknown(job.lease, gone.error(), stage.deciding());
  CHECK(std::get<Bury>(end.how).error.text == "version_not_found: crm@5 is gone");
}

TEST_CASE("step machine: an asynchronous call keeps its answer, and is followed by a callback where one is wanted") {
  Stage stage;
  const JobEnd plain =
      decide(stage.async_job(""), with(outcome_of_async_call({200, {}, "yes"}, kNow)), stage.deciding());
  CHECK(std::get<Completion>(plain.how).result->body == "yes");
  CHECK(std::get<Completion>(plain.how).next.empty());
  const JobEnd told =
      decide(stage.async_job("http://back/"), with(outcome_of_async_call({200, {}, "yes"}, kNow)), stage.deciding());
  REQUIRE(std::get<Completion>(told.how).next.size() == 1);
  CHECK(std::get<Completion>(told.how).next[0].step == kCallbackStep);
  CHECK(std::get<Completion>(told.how).next[0].lane == callback_lane("crm"));
}

TEST_CASE("step machine: an asynchronous call that failed is a letter and is told by its callback, or its refusal") {
  Stage stage;
  Attempted late = failed(ErrorCode::kDeadline);
  late.outcome.result = result_of_error(ErrorCode::kDeadline, "timeout", "call");
  const JobEnd told = decide(stage.async_job("http://back/", 2), std::move(late), stage.deciding());
  CHECK(std::get<Bury>(told.how).error.kind == "timeout");
  CHECK(std::get<Bury>(told.how).after.result->status == 504);
  CHECK(std::get<Bury>(told.how).after.next.at(0).step == kCallbackStep);
  const JobEnd dead = decide(stage.async_job("", 2), failed(ErrorCode::kDeadline), stage.deciding());
  CHECK(std::get<Bury>(dead.how).error.kind == "timeout");
  CHECK(std::get<Bury>(dead.how).after.result->status == 504);
  CHECK(std::get<Bury>(dead.how).after.next.empty());
  LeasedJob gone = stage.async_job("http://back/").lease;
  gone.definition = "call crm@5";
  const auto unknown = understand(gone, stage);
  REQUIRE_FALSE(unknown.ok());
  const JobEnd lost = decide_unknown(gone, unknown.error(), stage.deciding());
  CHECK(std::get<Bury>(lost.how).after.result->status == 404);
  CHECK(std::get<Bury>(lost.how).after.next.size() == 1);
  const JobEnd refused =
      decide(stage.async_job(""), with(outcome_of_async_call({404, {}, "none"}, kNow)), stage.deciding());
  CHECK(std::get<FailRun>(refused.how).after.result->status == 404);
}

TEST_CASE("step machine: an item waits for somebody who takes it, and begins their run with its own event") {
  Stage stage;
  LeasedJob lease;
  lease.run = "item";
  lease.definition = "queue jobs";
  lease.lane = queue_lane("jobs");
  lease.input = stage.job("enrich").lease.input;
  const StepJob item = understand(lease, stage).value();
  CHECK(waits_for_consumer(item, *stage.table_));
  CHECK(std::holds_alternative<HandBack>(decide_inside(item, stage.deciding()).how));
  stage.listener_->triggers = {{QueueTrigger{"jobs", 1}, std::nullopt}};
  stage.make_table();
  CHECK_FALSE(waits_for_consumer(item, *stage.table_));
  const JobEnd adopted = decide_inside(item, stage.deciding());
  REQUIRE(std::get<Completion>(adopted.how).runs.size() == 1);
  CHECK(std::get<Completion>(adopted.how).runs[0].pipeline == "listener");
}

TEST_CASE(
    "step machine: those who follow a function hear of its success with it, and of its failure when it is final") {
  Stage stage;
  stage.listener_->triggers = {{FunctionTrigger{"crm", CallOutcome::kAny}, std::nullopt}};
  stage.make_table();
  const JobEnd done = decide(stage.job("enrich"), with({}), stage.deciding());
  REQUIRE(std::get<Completion>(done.how).emitted.size() == 1);
  CHECK(std::get<Completion>(done.how).emitted[0].event.type == "io.sojourn.function.succeeded");
  CHECK(decide(stage.job("enrich"), failed(ErrorCode::kDeadline), stage.deciding()).also.empty());
  const JobEnd dead = decide(stage.job("enrich", 2), failed(ErrorCode::kDeadline), stage.deciding());
  REQUIRE(dead.also.size() == 1);
  CHECK(dead.also[0].event.type == "io.sojourn.function.failed");
  const auto status_told = [&](StepOutcome outcome) {
    const JobEnd end = decide(stage.job("enrich", 2), with(std::move(outcome)), stage.deciding());
    return nlohmann::json::parse(end.also.at(0).event.data)["status"].get<int>();
  };
  CHECK(status_told(outcome_of_error(ErrorCode::kDeadline, "why")) == 504);
  CHECK(status_told(outcome_of_error(ErrorCode::kFunctionCrashed, "why")) == 502);
  for (const int status : {302, 404, 429, 503}) {
    CAPTURE(status);
    const StepJob job = stage.job("enrich");
    CHECK(status_told(outcome_of_call({status, {}, ""}, job.event, "crm", job.idempotency_key(), kNow)) == status);
  }
}

TEST_CASE(
    "step machine: a chain of outcomes that is cut for its length is warned of, with the function and the limit") {
  Stage stage;
  stage.listener_->triggers = {{FunctionTrigger{"crm", CallOutcome::kAny}, std::nullopt}};
  stage.make_table();
  StepJob job = stage.job("enrich");
  CHECK(decide(job, with({}), stage.deciding()).warning.empty());
  job.event.attributes[std::string(kHopsAttribute)] = std::to_string(kHopsMax);
  const JobEnd cut = decide(job, with({}), stage.deciding());
  CHECK(std::get<Completion>(cut.how).emitted.empty());
  CHECK(cut.warning.find("`crm`") != std::string::npos);
  CHECK(cut.warning.find("limit is 16") != std::string::npos);
}

TEST_CASE("step machine: a stale lease changes nothing, and a letter's followers come with the letter") {
  Stage stage;
  stage.listener_->triggers = {{FunctionTrigger{"crm", CallOutcome::kFailure}, std::nullopt}};
  stage.make_table();
  MemoryEngine engine;
  RunSpec run;
  run.id = "run";
  run.pipeline = "shop";
  run.definition = "pipeline shop@1 crm@4";
  run.jobs.push_back({"enrich", step_lane("shop", "enrich"), std::nullopt, kNow});
  REQUIRE(engine.begin(Outlives::kProcess).ok());
  REQUIRE(engine.accept({stage.job("enrich").lease.input, {}, {run}}, kNow).ok());
  Turn turn;
  turn.leases = {{step_lane("shop", "enrich"), 8}};
  const TurnResult leased = do_turn(engine, turn, kNow).value();
  REQUIRE(leased.leased.at(0).size() == 1);
  const StepJob job = understand(leased.leased[0][0].lease, stage).value();
  JobEnd end = decide(job, failed(ErrorCode::kBodyTooLarge), stage.deciding());
  ++end.token;
  CHECK_FALSE(apply(engine, end, kNow).value());
  CHECK(engine.events({}).value().rows.size() == 1);
  --end.token;
  CHECK(apply(engine, end, kNow).value());
  CHECK(engine.events({}).value().rows.size() == 2);
  CHECK(engine.letters({}).value().rows.size() == 1);
}
