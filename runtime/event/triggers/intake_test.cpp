#include "runtime/event/triggers/intake.h"

#include "runtime/crypto/sha256.h"
#include "runtime/event/triggers/run_key.h"
#include "runtime/event/triggers/trigger_stage.h"

using namespace sojourn;
using namespace sojourn::test;

namespace {

constexpr EpochMs kNow = 1'800'000'000'000;
constexpr EpochMs kHour = 3'600'000;

TriggerSource remembering(TriggerSource source, EpochMs window) {
  return changed(source, [&](Pipeline& pipeline) { pipeline.dedupe = std::chrono::milliseconds(window); });
}

std::string key_of(std::vector<std::string> references, const std::string& data) {
  const CloudEvent event = event_of("t", data);
  EventValues values(event);
  return run_key(references, values);
}

}  // namespace

TEST_CASE("intake: an event's row becomes the same event again") {
  CloudEvent event = event_of("t", std::string(100'000, 'x') + std::string("\0\xFF", 2));
  event.attributes["subject"] = "\xF0\x9F\x98\x80 \"";
  event.attributes["x"] = "";
  const EventRecord record = to_record(event);
  CHECK(record.data.size() == 100'002);
  const auto back = to_event(record);
  REQUIRE(back.ok());
  CHECK(*back == event);
  CHECK_FALSE(to_event({"s", "i", "t", "[]", "", {}}).ok());
  CHECK_FALSE(to_event({"s", "i", "t", R"({"a":1})", "", {}}).ok());
}

TEST_CASE("intake: names of what is recognised again are told apart") {
  CHECK(published_name("a", "bc") != published_name("ab", "c"));
  CHECK(hook_name("p", "s", "i") != queued_name("p", "s", "i"));
  CHECK(cron_name("p", 1, 12) != cron_name("p", 11, 2));
  CHECK(body_name("p", Sha256::of("x")) == std::string("b\0p\0", 4) + Sha256::of("x").hex());
}

TEST_CASE("intake: a published event is remembered for the longest window of those who want it") {
  const auto table = table_of({remembering(source_of("short", {on(EventTrigger{}, exact("type", R"("a")"))}), kHour),
                               remembering(source_of("long", {on(EventTrigger{}, exact("/l", "1"))}), 5 * kHour),
                               remembering(source_of("never", {on(EventTrigger{}, exact("type", R"("n")"))}), 0)});
  const auto until = [&](const CloudEvent& event) {
    const Acceptance accepted = accept_published(*table, event, kNow);
    return accepted.dedupe.empty() ? 0 : accepted.dedupe.front().until - kNow;
  };
  CHECK(until(event_of("a")) == kHour);
  CHECK(until(event_of("a", R"({"l":1})")) == 5 * kHour);
  CHECK(until(event_of("n")) == 0);
  CHECK(until(event_of("nobody")) == kDedupeDefault);
  const Acceptance accepted = accept_published(*table, event_of("a"), kNow);
  CHECK(accepted.dedupe.front().name == published_name("/source", "id-1"));
  REQUIRE(accepted.runs.size() == 1);
  CHECK(accepted.runs.front().jobs.front().due == kNow);
  CHECK(accept_published(*table, event_of("nobody"), kNow).runs.empty());
}

TEST_CASE("intake: an item goes to the queue's consumer, or waits in the queue's lane") {
  const auto table = table_of({source_of("one", {on(QueueTrigger{"q"}, exact("/ok", "true"))}),
                               source_of("many", {on(QueueTrigger{"m", 10})})});
  const Acceptance taken = accept_enqueued(*table, "q", event_of("t", R"({"ok":true})"), kNow);
  REQUIRE(taken.runs.size() == 1);
  CHECK(taken.runs.front().pipeline == "one");
  CHECK(taken.dedupe.front().name == queued_name("q", "/source", "id-1"));
  CHECK(accept_enqueued(*table, "q", event_of("t"), kNow).runs.empty());
  for (const char* queue : {"m", "unknown"}) {
    CAPTURE(std::string(queue));
    const Acceptance waits = accept_enqueued(*table, queue, event_of("t"), kNow);
    REQUIRE(waits.runs.size() == 1);
    CHECK(RunDefinition::parse(waits.runs.front().definition) == RunDefinition{RunKind::kQueue, queue, 0, {}});
    CHECK(waits.runs.front().jobs.front().lane == queue_lane(queue));
    CHECK(waits.runs.front().key.empty());
  }
}

TEST_CASE("intake: an item for a consumer with a key keeps behind those that wait in the queue's lane") {
  const auto plain = source_of("p", {on(QueueTrigger{"q"})});
  const auto ordered = changed(plain, [](Pipeline& pipeline) { pipeline.key = {"subject"}; });
  CHECK_FALSE(accept_enqueued(*table_of({plain}), "q", event_of("t"), kNow).waiting.has_value());
  const Acceptance item = accept_enqueued(*table_of({ordered}), "q", event_of("t"), kNow);
  REQUIRE(item.waiting.has_value());
  CHECK(pipelines_of(item.runs) == std::vector<std::string>{"p"});
  CHECK(item.waiting->pipeline == queue_lane("q"));
  CHECK(item.waiting->jobs.front().lane == queue_lane("q"));
}

TEST_CASE("intake: who claims the source of one of our functions does not keep that one's event away") {
  const auto table = table_of({});
  CloudEvent event = event_of("t");
  const auto name_of = [&](Origin origin) { return accept_published(*table, event, kNow, origin).dedupe.front().name; };
  const auto item_name_of = [&](Origin origin) {
    return accept_enqueued(*table, "q", event, kNow, origin).dedupe.front().name;
  };
  CHECK(name_of(Origin::kOutside) == name_of(Origin::kOurs));
  for (const char* source : {"/functions/billing", "/pipelines/orders/triggers/0"}) {
    CAPTURE(std::string(source));
    event.source = source;
    CHECK(name_of(Origin::kOutside) != name_of(Origin::kOurs));
    CHECK(name_of(Origin::kOutside) == name_of(Origin::kOutside));
    CHECK(item_name_of(Origin::kOutside) != item_name_of(Origin::kOurs));
    CHECK(item_name_of(Origin::kOutside) != name_of(Origin::kOutside));
  }
}

TEST_CASE("intake: a hook's event is for its own trigger, and remembered within its pipeline") {
  const auto table = table_of({remembering(source_of("p", {webhook("/a", exact("type", R"("t")"))}), kHour),
                               source_of("all", {on(EventTrigger{})})});
  const DedupeKey body{body_name("p", Sha256::of("body")), kNow + 1};
  const auto accepted = accept_for(*table, *table->hook("/a"), event_of("t"), {body}, kNow);
  REQUIRE(accepted.has_value());
  CHECK(pipelines_of(accepted->runs) == std::vector<std::string>{"p"});
  REQUIRE(accepted->dedupe.size() == 2);
  CHECK(accepted->dedupe[0].name == body.name);
  CHECK(accepted->dedupe[1].name == hook_name("p", "/source", "id-1"));
  CHECK(accepted->dedupe[1].until == kNow + kHour);
  CHECK_FALSE(accept_for(*table, *table->hook("/a"), event_of("other"), {}, kNow).has_value());
}

TEST_CASE("intake: items that waited are adopted one by one, or several as one event") {
  const auto table = table_of({source_of("one", {on(QueueTrigger{"q"})}),
                               source_of("many", {on(QueueTrigger{"m", 10}, exact("/ok", "true"))})});
  CHECK(adopt(*table, *table->consumer("q"), event_of("t"), kNow)->jobs.front().due == kNow);
  CloudEvent good = event_of("t", R"({"ok":true})");
  good.attributes[std::string(kHopsAttribute)] = "3";
  const std::vector<CloudEvent> items = {good, event_of("t"), event_of("u", R"({"ok":true})")};
  const auto batch = adopt_batch(*table, *table->consumer("m"), items, kNow);
  REQUIRE(batch.has_value());
  CHECK(batch->event.type == kQueueBatchType);
  CHECK(batch->event.source == "/queues/m");
  CHECK(pipelines_of(batch->runs) == std::vector<std::string>{"many"});
  const auto inside = read_batched(batch->event.data);
  REQUIRE(inside.ok());
  CHECK(*inside == std::vector<CloudEvent>{items[0], items[2]});
  CHECK(to_event(batch->event)->attribute(kHopsAttribute) == "3");
  CHECK_FALSE(adopt_batch(*table, *table->consumer("m"), std::vector<CloudEvent>{event_of("t")}, kNow).has_value());
}

TEST_CASE("run key: values are one text, whatever they are written like") {
  CHECK(key_of({"type"}, "") == "t");
  CHECK(key_of({"/id"}, R"({"id":"u-1"})") == "u-1");
  CHECK(key_of({"/id"}, R"({"id":7})") == "7");
  CHECK(key_of({"/id"}, R"({"id":7.0})") == "7");
  CHECK(key_of({"/id"}, R"({"id":-0.0})") == "0");
  CHECK(key_of({"/id"}, R"({"id":1.5e0})") == "1.5");
  CHECK(key_of({"/id"}, R"({"id":{"b":1.0,"a":[true]}})") == R"({"a":[true],"b":1})");
}

TEST_CASE("run key: several values are joined so that none runs into the next") {
  CHECK(key_of({"/a", "/b"}, R"({"a":"x","b":"y"})") == R"(["x","y"])");
  CHECK(key_of({"/a", "/b"}, R"({"a":"x\",\"y","b":""})") != key_of({"/a", "/b"}, R"({"a":"x","b":"y\",\""})"));
  CHECK(key_of({"/a", "/b"}, R"({"a":"x"})").empty());
  CHECK(key_of({"/a"}, R"({"a":null})").empty());
  CHECK(key_of({"/a"}, "no JSON").empty());
  CHECK(key_of({}, "{}").empty());
}

TEST_CASE("run key: a long one is known by its hash") {
  CHECK(key_of({"/a"}, "{\"a\":\"" + std::string(256, 'x') + "\"}") == std::string(256, 'x'));
  const std::string longer(257, 'x');
  CHECK(key_of({"/a"}, "{\"a\":\"" + longer + "\"}") == "sha256:" + Sha256::of(longer).hex());
}
