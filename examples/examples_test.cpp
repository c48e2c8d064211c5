// The ABI's conformance test: every example, whatever its language, is loaded as a host would load it and called
// through sj_host and sj_entry alone.
#include <doctest/doctest.h>
#include <string>

#include <sojourn/testing.h>

#include "sdk/testdata/loaded_object.h"

using sdk_test::LoadedObject;
using sdk_test::notes_of;
using sojourn::Request;
using sojourn::Response;
using sojourn::test::Context;

namespace {

std::string path_of(const std::string& example) {
  return std::string(EXAMPLES_DIR) + "/" + example + ".so";
}

std::string note(const std::string& name, const std::string& ident) {
  return "abi=1\nkind=function\nname=" + name + "\nsymbol=sojourn_entry_" + ident + "\n" + '\0';
}

Response call(const LoadedObject& object, const std::string& ident, const Request& request) {
  Context context;
  const Response reply = sojourn::test::call(object.entry(ident), request, context);
  CHECK(context.answers == 1);
  return reply;
}

void check_hello(const std::string& example, const std::string& ident, const std::string& greeting) {
  CHECK(notes_of(path_of(example)) == std::vector{note(ident == "hello" ? "hello" : example, ident)});
  const LoadedObject object(path_of(example));
  const sj_entry& entry = object.entry(ident);
  CHECK(entry.size >= sizeof(sj_entry));
  CHECK(entry.major == SJ_ABI_MAJOR);
  CHECK(entry.kind == SJ_FUNCTION);

  const Response reply = call(object, ident, Request::get("/?name=Ada"));
  CHECK(reply.status() == 200);
  CHECK(reply.header("content-type") == "text/plain; charset=utf-8");
  CHECK(reply.body() == greeting + ", Ada\n");
  CHECK(call(object, ident, Request::get("/")).body() == greeting + ", world\n");
  CHECK(call(object, ident, Request::get("/?a=b&name=Bob&c")).body() == greeting + ", Bob\n");

  const Response refusal = call(object, ident, Request::get("/?name=" + std::string(101, 'x')));
  CHECK(refusal.status() == 422);
  CHECK(refusal.body() == "a name has at most 100 bytes\n");
}

}  // namespace

TEST_CASE("examples: hello greets in C++") {
  check_hello("hello", "hello", "hello");
}
TEST_CASE("examples: hello-c greets in C") {
  check_hello("hello-c", "hello_c", "hello from C");
}
#ifdef EXAMPLES_WITH_RUST
TEST_CASE("examples: hello-rust greets in Rust") {
  check_hello("hello-rust", "hello_rust", "hello from Rust");
}
#endif

TEST_CASE("examples: json-echo answers with the JSON it got and refuses what is none") {
  const LoadedObject object(path_of("json-echo"));
  const Response reply = call(object, "json_echo", Request::post("/", R"({"b": [1, 2],  "a": null})"));
  CHECK(reply.status() == 200);
  CHECK(reply.header("content-type") == "application/json");
  CHECK(reply.body() == R"({"a":null,"b":[1,2]})");
  CHECK(call(object, "json_echo", Request::post("/", "{")).status() == 400);
  CHECK(call(object, "json_echo", Request::post("/", std::string(65, '['))).status() == 400);
}

TEST_CASE("examples: push-note logs what was pushed, and lets other events pass by") {
  const LoadedObject object(path_of("push-note"));
  sojourn::CloudEvent event;
  event.id = "1";
  event.source = "https://api.github.com/repos/ada/engine";
  event.type = "com.github.push";
  event.subject = "refs/heads/main";
  event.content_type = "application/json";
  event.data = R"({"repository":{"full_name":"ada/engine"},"commits":[{},{}]})";
  Context context;
  const auto bring = [&] { sojourn::test::handle(object.entry("push_note"), event, context); };
  bring();
  REQUIRE(context.logs.size() == 1);
  CHECK(context.logs.front().text == "refs/heads/main of ada/engine has 2 new commits");
  event.type = "com.github.star.created";
  bring();
  CHECK(context.logs.size() == 1);
}

TEST_CASE("examples: the painter relies on what `defaults` fills in") {
  const LoadedObject object(path_of("decorator-lab"));
  CHECK(call(object, "painter", Request::post("/", R"({"Name":"Ada","Color":"red"})")).body() ==
        "Ada gets a coat of red\n");
  CHECK(call(object, "painter", Request::post("/", "{}")).status() == 500);
}

TEST_CASE("examples: etag tags a reply, and answers 304 to who has it") {
  const LoadedObject object(path_of("decorator-lab"));
  Context context;
  context.inner = [](const Request&) { return Response::text("the same"); };
  const auto first = sojourn::test::call(object.entry("etag"), Request::get("/"), context);
  REQUIRE(first.header("etag").has_value());
  CHECK(first.body() == "the same");
  const auto again = Request::get("/").header("if-none-match", *first.header("etag"));
  const auto second = sojourn::test::call(object.entry("etag"), again, context);
  CHECK(second.status() == 304);
  CHECK(second.body().empty());
}

TEST_CASE("examples: stamp-c adds its field and leaves the rest") {
  const LoadedObject object(path_of("stamp-c"));
  Context context;
  context.inner = [](const Request& request) {
    return Response::text(std::string(request.body())).status(202).header("x-a", "1");
  };
  const auto reply = sojourn::test::call(object.entry("stamp_c"), Request::post("/", "bytes"), context);
  CHECK(reply.status() == 202);
  CHECK(reply.body() == "bytes");
  CHECK(reply.header("x-a") == "1");
  CHECK(reply.header("x-stamp") == "stamp-c");
}

TEST_CASE("examples: word-count leaves out the words that INIT prepared") {
  CHECK(notes_of(path_of("word-count")) == std::vector{note("word-count", "count_words")});
  const LoadedObject object(path_of("word-count"));
  const sj_module* module = object.module();
  REQUIRE(module != nullptr);
  CHECK((module->start == nullptr));
  CHECK((module->stop == nullptr));
  REQUIRE((module->init != nullptr));

  Context start;
  start.env_values["COMMON_WORDS"] = "curl";
  CHECK(module->init(&Context::table(), start.handle()) == SJ_OK);
  REQUIRE(start.logs.size() == 1);

  const Response reply = call(object, "count_words", Request::post("/", "The cat, the curl and THE other cat."));
  CHECK(reply.body() == R"({"telling":{"cat":2,"other":1},"words":8})");
}

TEST_CASE("examples: text-tools holds three functions, each with a note of its own") {
  CHECK(notes_of(path_of("text-tools")) ==
        std::vector{note("lower", "lower"), note("reverse", "reverse"), note("upper", "upper")});
  const LoadedObject object(path_of("text-tools"));
  CHECK(object.module() == nullptr);
  CHECK(call(object, "upper", Request::post("/", "Hello")).body() == "HELLO");
  CHECK(call(object, "lower", Request::post("/", "Hello")).body() == "hello");
  CHECK(call(object, "reverse", Request::post("/", "Hello")).body() == "olleH");
  CHECK(call(object, "reverse", Request::post("/", "")).body().empty());
}

TEST_CASE("examples: announce-c emits its body") {
  const LoadedObject object(path_of("announce-c"));
  Context context;
  const Response reply = sojourn::test::call(object.entry("announce_c"), Request::post("/", "news"), context);
  CHECK(reply.status() == 202);
  REQUIRE(context.emitted.size() == 1);
  CHECK(context.emitted[0].type == "com.example.announced");
  CHECK(context.emitted[0].content_type == "text/plain");
  CHECK(context.emitted[0].data == "news");
}

TEST_CASE("examples: order-price says what an order costs, once it is one") {
  const LoadedObject object(path_of("order-price"));
  sojourn::CloudEvent order;
  order.type = "com.example.order.placed";
  order.subject = "7";
  order.data = "3 x 250";
  Context context;
  const auto priced = sojourn::test::handle(object.entry("order_price"), order, context);
  REQUIRE(priced.next);
  CHECK(priced.next->type == "com.example.order.priced");
  CHECK(priced.next->data == "750");
  REQUIRE(context.emitted.size() == 1);
  CHECK(context.emitted[0].subject == "7");
  CHECK(sojourn::test::handle(object.entry("ship"), context.emitted[0], context).status == 200);

  order.data = "three";
  CHECK(sojourn::test::handle(object.entry("order_price"), order, context).status == 422);
  CHECK((context.failure->flags & SJ_FAIL_PERMANENT) != 0);
  order.subject = "test";
  CHECK(sojourn::test::handle(object.entry("order_price"), order, context).filtered);
}
