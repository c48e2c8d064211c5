#include <chrono>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <string>

#include <sojourn/function.h>
#include <sojourn/testing.h>

using namespace std::chrono_literals;
using namespace sojourn;

TEST_CASE("context: facts about the call") {
  test::Context context;
  context.facts = {{SJ_CALL_ID, "id-1"}, {SJ_NAME, "shop"}, {SJ_VERSION, "7"}, {SJ_IDEMPOTENCY_KEY, "key"}};
  CHECK(context.call_id() == "id-1");
  CHECK(context.name() == "shop");
  CHECK(context.version() == 7);
  CHECK(context.attempt() == 1);
  CHECK(context.idempotency_key() == "key");
  CHECK(context.traceparent().empty());
}

TEST_CASE("context: env, with and secrets") {
  test::Context context;
  context.env_values["GREETING"] = "hi";
  context.secret_values["key"] = "s3cret";
  CHECK(context.env("GREETING") == "hi");
  CHECK(!context.env("OTHER"));
  CHECK(context.secret("key") == "s3cret");
  CHECK_THROWS_WITH_AS((void)context.secret("other"), "secret other: there is nothing of that name", Refused);
  CHECK(context.with().is_null());
  context.facts[SJ_WITH] = R"({"perSecond": 100})";
  CHECK(context.with().at("perSecond") == 100);
  CHECK(context.with_text() == R"({"perSecond": 100})");
}

TEST_CASE("context: time left and the deadline") {
  test::Context context;
  CHECK(context.time_left() == std::chrono::nanoseconds::max());
  CHECK(context.deadline() == std::chrono::steady_clock::time_point::max());
  context.left = 5s;
  CHECK(context.time_left() == 5s);
  CHECK(context.deadline() > std::chrono::steady_clock::now() + 4s);
  CHECK(!context.cancelled());
  context.cancelled_flag = 1;
  CHECK(context.cancelled());
}

TEST_CASE("context: log lines carry level, text and fields") {
  test::Context context;
  const std::string text = "Ada";
  context.log().debug("one");
  context.log().warn("two", {{"count", 3}, {"name", text}, {"on", true}, {"share", 0.5}, {"letter", "x"}});
  context.log().error("");
  REQUIRE(context.logs.size() == 3);
  CHECK(context.logs[0].level == SJ_DEBUG);
  CHECK(context.logs[1].level == SJ_WARN);
  CHECK(context.logs[1].text == "two");
  const std::vector<std::pair<std::string, std::string>> fields{
      {"count", "3"}, {"name", "Ada"}, {"on", "true"}, {"share", "0.5"}, {"letter", "x"}};
  CHECK(context.logs[1].fields == fields);
}

TEST_CASE("context: state is read, set, compared, counted and removed") {
  test::Context context;
  const State state = context.state();
  CHECK(!state.get("a"));
  CHECK(state.compare_and_set("a", std::nullopt, "1"));
  CHECK(!state.compare_and_set("a", std::nullopt, "2"));
  CHECK(!state.compare_and_set("a", "9", "2"));
  CHECK(state.compare_and_set("a", "1", "2"));
  CHECK(state.get("a") == "2");
  state.set("a", "10", 5s);
  CHECK(state.increment("a") == 11);
  CHECK(state.increment("a", -4) == 7);
  CHECK(state.increment("new") == 1);
  state.remove("a");
  state.remove("a");
  CHECK(!state.get("a"));
}

TEST_CASE("context: a lease has a fence that grows, and is nothing while somebody else has it") {
  test::Context context;
  CHECK(context.lease("job", 1s)->fence == 1);
  CHECK(context.lease("job", 1s)->fence == 2);
  context.leases["job"] = std::numeric_limits<std::uint64_t>::max();
  CHECK(!context.lease("job", 1s));
}

TEST_CASE("context: emit hands over the attributes that have a value") {
  test::Context context;
  CloudEvent event;
  event.type = "com.example.made";
  event.content_type = "text/plain";
  event.data = "x";
  event.extensions = {{"tenant", "7"}};
  context.emit(event);
  REQUIRE(context.emitted.size() == 1);
  CHECK(context.emitted[0].type == "com.example.made");
  CHECK(context.emitted[0].content_type == "text/plain");
  CHECK(context.emitted[0].id.empty());
  CHECK(context.emitted[0].extensions == event.extensions);
  CHECK(context.emitted[0].data == "x");
}

TEST_CASE("context: an item goes to its queue") {
  test::Context context;
  CloudEvent item;
  item.type = "com.example.image";
  item.data = "7";
  context.enqueue("resize", item);
  CHECK(context.emitted.empty());
  REQUIRE(context.enqueued["resize"].size() == 1);
  CHECK(context.enqueued["resize"][0].data == "7");
}

TEST_CASE("context: an event that is not taken says why") {
  test::Context context;
  CloudEvent event;
  const auto reason = [&](const auto& act) -> std::string {
    try {
      act();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "taken";
  };
  CHECK(reason([&] { context.emit(event); }).find("it needs a type") != std::string::npos);
  event.type = "com.example.made";
  CHECK(reason([&] { context.emit(event); }) == "taken");
  context.emit_code = SJ_EDENIED;
  CHECK(reason([&] { context.emit(event); }) == "emit com.example.made: the manifest's `emits` do not name it");
  CHECK(reason([&] { context.enqueue("q", event); }) == "enqueue q: the manifest's `enqueues` do not name it");
  context.emit_code = SJ_ELIMIT;
  CHECK(reason([&] { context.emit(event); }).find("at most 256 events, of 6 MiB together") != std::string::npos);
  context.emit_code = SJ_EUNAVAILABLE;
  CHECK(reason([&] { context.emit(event); }).find("this host does not offer it") != std::string::npos);
}

TEST_CASE("context: on a host that is older than enqueue it is not offered") {
  test::Context host;
  sj_host older = test::Host::table();
  older.size = offsetof(sj_host, enqueue);
  older.minor = 1;
  older.enqueue = nullptr;
  const Context context(older, host.handle());
  CloudEvent item;
  item.type = "t";
  CHECK_THROWS_AS(context.enqueue("q", item), Error);
  context.emit(item);
  CHECK(host.emitted.size() == 1);
}

TEST_CASE("context: the item as a file, its attempt and its key are what the host says") {
  test::Context context;
  CHECK(context.attempt() == 1);
  CHECK(context.idempotency_key().empty());
  CHECK_THROWS_WITH(context.item_file(), "item_file: this host does not offer it");
  context.facts[SJ_ATTEMPT] = "3";
  context.facts[SJ_IDEMPOTENCY_KEY] = "run.step";
  context.facts[SJ_ITEM_FILE] = "/tmp/item";
  CHECK(context.attempt() == 3);
  CHECK(context.idempotency_key() == "run.step");
  CHECK(context.item_file() == "/tmp/item");
}

TEST_CASE("context: calls reach only what is allowed") {
  test::Context context;
  context.functions["thumbnail"] = [](const Request& request) {
    return Response::text("small " + std::string(request.body())).status(201);
  };
  const Response reply = context.call("thumbnail", Request::post("/", "cat"));
  CHECK(reply.status() == 201);
  CHECK(reply.body() == "small cat");
  CHECK_THROWS_WITH_AS((void)context.call("other", Request()), "call other: this function's manifest does not allow it",
                       Refused);
}

TEST_CASE("context: what the host does not offer is a 501 that says so") {
  test::Context context;
  try {
    (void)context.connect("db");
    FAIL("connected");
  } catch (const Error& error) {
    CHECK(error.status() == 501);
    CHECK(std::string(error.what()) == "connect db: this host does not offer it");
  }
}

TEST_CASE("context: a stream writes its head once and stops when the client leaves") {
  test::Context context;
  const auto function = [](const Request&, Context& call) {
    Stream out = call.stream(Response::bytes("ignored", "text/event-stream").status(202));
    int written = 0;
    while (written < 5 && out.write("x")) ++written;
    call.log().info("wrote", {{"chunks", written}});
    return out.end();
  };
  Response reply = test::call(function, Request(), context);
  CHECK(reply.status() == 202);
  CHECK(reply.header("content-type") == "text/event-stream");
  CHECK(context.chunks.size() == 5);
  CHECK(context.answers == 1);

  test::Context leaving;
  leaving.client_leaves_after = 2;
  reply = test::call(function, Request(), leaving);
  CHECK(leaving.chunks.size() == 2);
  CHECK(leaving.cancelled());
  CHECK(leaving.logs.back().fields.front().second == "2");
}

TEST_CASE("context: server-sent events cannot forge fields") {
  test::Context context;
  const auto function = [](const Request&, Context& call) {
    Stream out = call.stream(Response::bytes("", "text/event-stream"));
    out.event("one\ntwo\r\nthree\rfour", "note", "7");
    out.event("");
    CHECK_THROWS_AS(out.event("x", "a\nb"), std::invalid_argument);
    CHECK_THROWS_AS(out.event("x", "a", "b\r"), std::invalid_argument);
    return out.end();
  };
  (void)test::call(function, Request(), context);
  REQUIRE(context.chunks.size() == 2);
  CHECK(context.chunks[0] == "event: note\nid: 7\ndata: one\ndata: two\ndata: three\ndata: four\n\n");
  CHECK(context.chunks[1] == "data: \n\n");
}

TEST_CASE("random: bytes come in every size and differ") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(1000).size() == 1000);
  CHECK(random_bytes(32) != random_bytes(32));
  CHECK(random_number() != random_number());
}
