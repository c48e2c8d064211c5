#include "runtime/event/dispatch/dispatcher.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

#include "runtime/call/runtime_stage.h"
#include "runtime/event/dispatch/stowed_data.h"
#include "runtime/event/journal/long_data.h"
#include "runtime/event/triggers/intake.h"

using namespace sojourn;
using namespace std::chrono_literals;

namespace {

// What the scripted function answers: by the data of the event, and by which attempt it is.
void serve(ScriptedInstance& instance) {
  instance.start();
  while (true) {
    const ScriptedCall call = instance.next_call();
    std::string attempt, key;
    for (const auto& [name, value] : call.headers) {
      if (name == "sojourn-attempt") attempt = value;
      if (name == "idempotency-key") key = value;
    }
    if (call.body == "fail" || (call.body == "fail once" && attempt == "1")) {
      instance.reply(call, "no", 500, {{"content-type", "text/plain"}});
    } else if (call.body == "hang") {
      ::usleep(300'000);
      instance.reply(call, "late");
    } else if (call.body.size() > 1000) {
      instance.reply(call, call.body + "!", 200);
    } else {
      instance.reply(call, call.body + "+" + key.substr(key.find('.') + 1) + attempt, 200);
    }
  }
}

SandboxScript script() {
  SandboxScript made;
  made.instance = serve;
  return made;
}

// One pipeline of two calls, and one function.
class Site final : public DispatchSite {
 public:
  Site() {
    version_ = RuntimeStage::version("hello");
    version_->config.retry.attempts = 2;
    version_->config.retry.initial = 5ms;
    pipeline_ = std::make_shared<Pipeline>();
    pipeline_->name = "shop";
    pipeline_->triggers.push_back({EventTrigger{}, std::nullopt});
    for (const char* id : {"one", "two"}) {
      Step& step = pipeline_->steps.emplace_back();
      step.id = id;
      step.act = CallStep{"hello"};
      step.retry = version_->config.retry;
    }
    RunDefinition definition;
    definition.name = "shop";
    definition.number = 1;
    definition.functions["hello"] = 1;
    table_ = TriggerTable::make({{pipeline_, definition}}).value();
  }

  Result<std::shared_ptr<const Pipeline>> pipeline(const RunDefinition&) override {
    return std::shared_ptr<const Pipeline>(pipeline_);
  }
  Result<ChainPtr> chain(std::string_view) override {
    auto chain = std::make_shared<Chain>();
    chain->links.push_back({"hello", "hello@1", version_, nullptr});
    return ChainPtr(chain);
  }
  TriggerTablePtr triggers() override { return table_; }
  Result<SecretText> secret(std::string_view name) override {
    return Error(ErrorCode::kSecretNotFound, std::string(name));
  }

  std::shared_ptr<Version> version_;
  std::shared_ptr<Pipeline> pipeline_;
  TriggerTablePtr table_;
};

std::string fresh_directory() {
  std::string path = (std::filesystem::temp_directory_path() / "dispatcher-XXXXXX").string();
  REQUIRE(::mkdtemp(path.data()) != nullptr);
  return path;
}

class Stage {
 public:
  Stage()
      : directory(fresh_directory()), runtime(script()), http(runtime.loop, HttpClient::PrivateAddresses::kRefused) {
    journal = Journal::open(directory).value();
    make_dispatcher();
  }
  ~Stage() {
    dispatcher.reset();
    journal.reset();
    std::filesystem::remove_all(directory);
  }

  void make_dispatcher() {
    dispatcher = std::make_unique<Dispatcher>(
        DispatcherParts{runtime.loop, *journal, *runtime.runtime, http, site, runtime.log, Clock::system()});
    dispatcher->start();
  }

  template <class T>
  T ask(std::function<Result<T>(JournalEngine&)> work, WorkKind kind = WorkKind::kAccepts) {
    std::optional<T> answer;
    journal->ask<T>(kind, runtime.loop, std::move(work), [&](Result<T> result) { answer = std::move(result).value(); });
    REQUIRE(runtime.run_until([&] { return answer.has_value(); }));
    return std::move(*answer);
  }
  // The run that the event begins.
  std::string publish(const std::string& data) {
    CloudEvent event;
    event.id = std::to_string(++last_id_);
    event.source = "/test";
    event.type = "t";
    event.data = data;
    Acceptance acceptance = accept_published(*site.table_, event, wall_ms());
    JobEnd carrier;
    carrier.also.push_back(std::move(acceptance));
    REQUIRE(stow(carrier, journal->payloads()).ok());
    return ask<Accepted>(
               [acceptance = carrier.also[0]](JournalEngine& engine) { return engine.accept(acceptance, wall_ms()); })
        .run;
  }
  RunView run(const std::string& id) {
    return *ask<std::optional<RunView>>([id](JournalEngine& engine) { return engine.run(id); });
  }
  RunState end_of(const std::string& id) {
    for (int looks = 0; looks < 500 && run(id).ended == 0; ++looks) runtime.run_for(10ms);
    return run(id).state;
  }
  std::string result_of(const std::string& id) {
    auto result = *ask<std::optional<RunResult>>([id](JournalEngine& engine) { return engine.result(id); });
    return body_of(journal->payloads(), result).value();
  }

  std::string directory;
  RuntimeStage runtime;
  HttpClient http;
  Site site;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Dispatcher> dispatcher;

 private:
  int last_id_ = 0;
};

}  // namespace

TEST_CASE("dispatcher: an accepted event goes through its steps, and the last one's answer is the run's") {
  Stage stage;
  const std::string run = stage.publish("a");
  CHECK(stage.end_of(run) == RunState::kDone);
  CHECK(stage.result_of(run) == "a+one1+two1");
  CHECK(stage.dispatcher->stats().done == 2);
}

TEST_CASE("dispatcher: a failed attempt is made again, with the same key and the next number") {
  Stage stage;
  const std::string run = stage.publish("fail once");
  CHECK(stage.end_of(run) == RunState::kDone);
  CHECK(stage.result_of(run) == "fail once+one2+two1");
  CHECK(stage.dispatcher->stats().retried == 1);
}

TEST_CASE(
    "dispatcher: after the last attempt there is a dead letter with what was answered, and it can be sent again") {
  Stage stage;
  const std::string run = stage.publish("fail");
  CHECK(stage.end_of(run) == RunState::kFailed);
  const auto letters =
      stage.ask<Listed<DeadLetter>>([](JournalEngine& engine) { return engine.letters(ListFilter()); }).rows;
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].attempts == 2);
  CHECK(letters[0].error.kind == "error");
  CHECK(letters[0].error.text == "answered 500: no");
  CHECK(stage.ask<bool>(
      [number = letters[0].number](JournalEngine& engine) { return engine.redrive(number, wall_ms()); }));
  CHECK(stage.end_of(run) == RunState::kFailed);
  CHECK(stage.dispatcher->stats().leased == 4);
}

TEST_CASE("dispatcher: a step whose data was damaged is a letter at once") {
  Stage stage;
  CloudEvent event;
  event.id = "damaged";
  event.source = "/test";
  event.type = "t";
  event.data = std::string(kInlineDataMax * 2, 'x');
  JobEnd carrier;
  carrier.also.push_back(accept_published(*stage.site.table_, event, wall_ms()));
  REQUIRE(stow(carrier, stage.journal->payloads()).ok());
  for (const auto& file : std::filesystem::recursive_directory_iterator(stage.directory)) {
    const std::string path = file.path().string();
    if (file.is_regular_file() && path.find("/payloads/") != std::string::npos) std::filesystem::resize_file(path, 3);
  }
  const std::string run = stage
                              .ask<Accepted>([acceptance = carrier.also[0]](JournalEngine& engine) {
                                return engine.accept(acceptance, wall_ms());
                              })
                              .run;
  CHECK(stage.end_of(run) == RunState::kFailed);
  const auto letters =
      stage.ask<Listed<DeadLetter>>([](JournalEngine& engine) { return engine.letters(ListFilter()); }).rows;
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].attempts == 1);
  CHECK(letters[0].error.kind == "invalid");
}

TEST_CASE("dispatcher: data that is too long for a row comes whole to each step") {
  Stage stage;
  const std::string run = stage.publish(std::string(100'000, 'x'));
  CHECK(stage.end_of(run) == RunState::kDone);
  CHECK(stage.result_of(run) == std::string(100'000, 'x') + "!!");
}

TEST_CASE("dispatcher: an asynchronous call is made as it was asked, and its answer is kept") {
  Stage stage;
  StoredCall call;
  call.id = "11111111-1111-4111-8111-111111111111";
  call.function = "hello";
  call.version = 1;
  call.body = "later";
  Acceptance acceptance;
  acceptance.event = to_record(call);
  acceptance.runs.push_back(run_of(call, wall_ms()));
  stage.ask<Accepted>([acceptance](JournalEngine& engine) { return engine.accept(acceptance, wall_ms()); });
  CHECK(stage.end_of(call.id) == RunState::kDone);
  CHECK(stage.result_of(call.id) == "later+call1");
}

TEST_CASE("dispatcher: what an earlier one has left is found at the start") {
  Stage stage;
  stage.dispatcher.reset();
  const std::string run = stage.publish("a");
  CHECK(stage.run(run).ended == 0);
  stage.make_dispatcher();
  CHECK(stage.end_of(run) == RunState::kDone);
}

TEST_CASE("dispatcher: a cancelled run is not waited for") {
  Stage stage;
  const std::string run = stage.publish("hang");
  REQUIRE(stage.runtime.run_until([&] { return stage.dispatcher->stats().under_way == 1; }));
  CHECK(stage.ask<bool>([run](JournalEngine& engine) { return engine.cancel(run, wall_ms()); }));
  stage.dispatcher->cancelled(run);
  CHECK(stage.dispatcher->stats().under_way == 0);
  CHECK(stage.end_of(stage.publish("next")) == RunState::kDone);
  CHECK(stage.run(run).state == RunState::kCancelled);
}

TEST_CASE("dispatcher: draining lets what runs finish and begins nothing more") {
  Stage stage;
  const std::string run = stage.publish("hang");
  REQUIRE(stage.runtime.run_until([&] { return stage.dispatcher->stats().under_way == 1; }));
  bool drained = false;
  stage.dispatcher->drain([&] { drained = true; });
  REQUIRE(stage.runtime.run_until([&] { return drained; }));
  CHECK(stage.dispatcher->stats().done == 1);
  CHECK(stage.run(run).state == RunState::kActive);
  const auto jobs = stage.ask<std::vector<JobView>>([run](JournalEngine& engine) { return engine.jobs(run); });
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[1].state == JobState::kReady);
}

TEST_CASE("dispatcher: a consumer of batches gets the items that waited in one event") {
  Stage stage;
  stage.site.pipeline_->triggers = {{QueueTrigger{"items", 3}, std::nullopt}};
  RunDefinition definition;
  definition.name = "shop";
  definition.number = 1;
  definition.functions["hello"] = 1;
  stage.site.table_ = TriggerTable::make({{stage.site.pipeline_, definition}}).value();
  std::vector<Acceptance> items;
  for (int i = 0; i < 7; ++i) {
    CloudEvent item;
    item.id = "item-" + std::to_string(i);
    item.source = "/test";
    item.type = "t";
    items.push_back(accept_enqueued(*stage.site.table_, "items", item, wall_ms()));
  }
  stage.ask<bool>([items](JournalEngine& engine) -> Result<bool> {
    for (const Acceptance& item : items) {
      if (auto accepted = engine.accept(item, wall_ms()); !accepted.ok()) return accepted.error();
    }
    return true;
  });
  const auto open = [&] {
    return stage.ask<JournalStats>([](JournalEngine& engine) { return engine.stats(); }).open_jobs;
  };
  for (int looks = 0; looks < 500 && open() > 0; ++looks) stage.runtime.run_for(10ms);
  ListFilter batches;
  batches.source = "/queues/items";
  const auto events =
      stage.ask<Listed<EventView>>([batches](JournalEngine& engine) { return engine.events(batches); }).rows;
  CHECK(events.size() == 3);  // one, whose lane was not known, and two of three
  std::size_t seen = 0;
  for (const EventView& event : events) seen += read_batched(event.event.data).value().size();
  CHECK(seen == 7);
}

TEST_CASE("dispatcher: items that waited begin in their order, however long the data of each is") {
  Stage stage;
  stage.site.pipeline_->triggers = {{QueueTrigger{"items", 1}, std::nullopt}};
  RunDefinition definition;
  definition.name = "shop";
  definition.number = 1;
  definition.functions["hello"] = 1;
  const auto nobody = stage.site.table_;
  stage.site.table_ = TriggerTable::make({{stage.site.pipeline_, definition}}).value();
  JobEnd carrier;
  for (int i = 0; i < 12; ++i) {
    CloudEvent item;
    item.id = "item-" + std::to_string(i);
    item.source = "/test";
    item.type = "t";
    item.data.assign(i % 3 == 1 ? kInlineDataMax * 20 : 1, 'x');
    carrier.also.push_back(accept_enqueued(*nobody, "items", item, wall_ms()));
  }
  REQUIRE(stow(carrier, stage.journal->payloads()).ok());
  stage.ask<bool>([items = carrier.also](JournalEngine& engine) -> Result<bool> {
    for (const Acceptance& item : items) {
      if (auto accepted = engine.accept(item, wall_ms()); !accepted.ok()) return accepted.error();
    }
    return true;
  });
  ListFilter taken;
  taken.pipeline = "shop";
  const auto runs = [&] {
    return stage.ask<Listed<RunView>>([taken](JournalEngine& engine) { return engine.runs(taken); }).rows;
  };
  for (int looks = 0; looks < 500 && runs().size() < 12; ++looks) stage.runtime.run_for(10ms);
  std::vector<std::int64_t> events;
  for (const RunView& run : runs()) events.insert(events.begin(), run.event);
  CHECK(events.size() == 12);
  CHECK(std::is_sorted(events.begin(), events.end()));
}
