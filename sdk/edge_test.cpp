#include <chrono>
#include <doctest/doctest.h>
#include <stdexcept>
#include <string>

#include <sojourn/function.h>
#include <sojourn/testing.h>

using namespace std::chrono_literals;
using namespace sojourn;

namespace shop {
struct OutOfStock : std::runtime_error {
  using std::runtime_error::runtime_error;
};
}  // namespace shop

namespace {

// What the host hears of a function that throws `thrown`.
template <class T>
test::Failure failure_of(const T& thrown) {
  test::Context context;
  const auto function = [&](const Request&, Context&) -> Response { throw thrown; };
  const Response reply = test::call(function, Request(), context);
  CHECK(context.answers == 1);
  REQUIRE(context.failure);
  CHECK(reply.status() == (context.failure->status == 0 ? 500 : context.failure->status));
  return *context.failure;
}

CloudEvent some_event() {
  CloudEvent event;
  event.id = "1";
  event.source = "/test";
  event.type = "user.created";
  event.subject = "Zo\xc3\xab \"50%\"";
  event.content_type = "application/json";
  event.data = "{}";
  event.extensions = {{"tenant", "7"}};
  return event;
}

}  // namespace

TEST_CASE("edge: an Error is an answer with its status and text") {
  const test::Failure failure = failure_of(Error(422, "the cart is empty"));
  CHECK(failure.status == 422);
  CHECK(failure.flags == 0);
  CHECK(failure.message == "the cart is empty");
  CHECK(failure.type == "sojourn::v1::Error");
}

TEST_CASE("edge: Permanent and RetryAfter say what a retry would do") {
  CHECK(failure_of(Permanent(404, "gone")).flags == SJ_FAIL_PERMANENT);
  const test::Failure later = failure_of(RetryAfter(30s, "closed"));
  CHECK(later.status == 503);
  CHECK(later.flags == SJ_FAIL_RETRY_AFTER);
  CHECK(later.retry_after == 30s);
}

TEST_CASE("edge: an Error whose status is none is a fault") {
  CHECK(failure_of(Error(200, "fine")).status == 0);
  CHECK(failure_of(Error(200, "fine")).message == "an Error was thrown whose status is not in 400 to 599");
}

TEST_CASE("edge: any other exception is a fault with its readable type") {
  const test::Failure failure = failure_of(shop::OutOfStock("no more socks"));
  CHECK(failure.status == 0);
  CHECK(failure.type == "shop::OutOfStock");
  CHECK(failure.message == "no more socks");
  CHECK(failure_of(42).type == "int");
  CHECK(failure_of(42).message.empty());
}

TEST_CASE("edge: a reply that the host refuses is a fault, told once") {
  test::Context context;
  const auto function = [](const Request&, Context&) { return Response::text("x").status(99); };
  CHECK(test::call(function, Request(), context).status() == 500);
  REQUIRE(context.failure);
  CHECK(context.failure->message == "reply: the arguments are wrong, or this is not the moment for it");
}

TEST_CASE("edge: a decorator changes the request, the reply, or answers itself") {
  test::Context context;
  int inner_calls = 0;
  context.inner = [&](const Request& request) {
    ++inner_calls;
    return Response::text(std::string(request.path()) + request.header("x-user").value_or("-"));
  };
  const auto decorator = [](const Request& request, Next& next, Context&) {
    if (request.query("deny")) return Response::text("denied").status(403);
    Request changed = request;
    changed.header("x-user", "ada");
    const Response first = next(changed);
    const Response second = next(request);
    return Response::text(std::string(first.body()) + "|" + std::string(second.body())).header("x-timed", "yes");
  };
  const Response reply = test::call(decorator, Request::get("/p"), context);
  CHECK(reply.body() == "/pada|/p-");
  CHECK(reply.header("x-timed") == "yes");
  CHECK(inner_calls == 2);
  CHECK(test::call(decorator, Request::get("/?deny"), context).status() == 403);
  CHECK(inner_calls == 2);
}

TEST_CASE("edge: an inner link that is not there comes back as a reply") {
  test::Context context;
  const auto decorator = [](const Request& request, Next& next, Context&) { return next(request); };
  const Response reply = test::call(decorator, Request(), context);
  CHECK(reply.status() == 501);
  CHECK(reply.body() == "next: this host does not offer it\n");
}

TEST_CASE("edge: what next fails with becomes a reply that says so") {
  const struct {
    int code;
    int status;
    const char* name;
  } kTable[] = {{SJ_ETIME, 504, "deadline"},
                {SJ_EBUSY, 503, "no_capacity"},
                {SJ_ELOOP, 508, "loop_detected"},
                {SJ_ELIMIT, 413, "body_too_large"},
                {SJ_EDIED, 502, "link_failed"},
                {SJ_EGONE, 502, "link_failed"},
                {SJ_EUNAVAILABLE, 501, "not_available"}};
  for (const auto& row : kTable) {
    test::Context context;
    context.inner_code = row.code;
    const auto decorator = [](const Request& request, Next& next, Context&) { return next(request); };
    const Response reply = test::call(decorator, Request(), context);
    CHECK(reply.status() == row.status);
    CHECK(reply.header("x-sojourn-error") == row.name);
  }
}

TEST_CASE("edge: a streamed inner reply flows through, with its head changed or not") {
  test::Context context;
  context.inner = [](const Request&) { return Response::bytes("", "text/event-stream").status(201); };
  context.inner_pieces = {"one ", "two ", "three"};
  const auto decorator = [](const Request& request, Next& next, Context&) {
    Response reply = next(request);
    CHECK(reply.streamed());
    CHECK(reply.body().empty());
    return std::move(reply).header("x-timed", "yes");
  };
  const Response reply = test::call(decorator, Request(), context);
  CHECK(context.chunks == std::vector<std::string>{"one ", "two ", "three"});
  CHECK(reply.status() == 201);
  CHECK(reply.header("x-timed") == "yes");
  CHECK(reply.header("content-type") == "text/event-stream");
  CHECK(context.answers == 1);
}

TEST_CASE("edge: a decorator reads an inner stream, changes its pieces and adds to them") {
  test::Context context;
  context.inner = [](const Request&) { return Response::text(""); };
  context.inner_pieces = {"a", "b"};
  const auto decorator = [](const Request& request, Next& next, Context& call) {
    const Response reply = next(request);
    Stream out = call.stream(reply);
    while (const auto piece = next.read()) out.write(std::string(*piece).append(*piece));
    out.write("!");
    return out.end();
  };
  CHECK(test::call(decorator, Request(), context).body() == "aabb!");
}

TEST_CASE("edge: an inner stream may be dropped for a reply of one's own") {
  test::Context context;
  context.inner = [](const Request&) { return Response::text(""); };
  context.inner_pieces = {"a", "b"};
  const auto decorator = [](const Request& request, Next& next, Context&) {
    return next(request).body("mine").status(200);
  };
  CHECK(test::call(decorator, Request(), context).body() == "mine");
  CHECK(context.chunks.empty());
}

TEST_CASE("edge: an inner stream that breaks off breaks the outer one, and read says so") {
  test::Context context;
  context.inner = [](const Request&) { return Response::text(""); };
  context.inner_pieces = {"a"};
  context.inner_breaks = true;
  const auto pass = [](const Request& request, Next& next, Context&) { return next(request); };
  (void)test::call(pass, Request(), context);
  REQUIRE(context.failure);
  CHECK(context.failure->message == "the inner stream: the other end died");
  const auto look = [](const Request& request, Next& next, Context&) {
    (void)next(request);
    CHECK(next.read() == "a");
    CHECK_THROWS_WITH_AS((void)next.read(), "the inner reply broke off", Error);
    return Response::empty();
  };
  CHECK(test::call(look, Request(), context).status() == 204);
}

TEST_CASE("edge: a streamed reply that a later next has replaced is a fault and not another's body") {
  test::Context context;
  context.inner = [](const Request&) { return Response::text(""); };
  context.inner_pieces = {"a"};
  const auto decorator = [](const Request& request, Next& next, Context&) {
    const Response first = next(request);
    (void)next(request);
    return first;
  };
  CHECK(test::call(decorator, Request(), context).status() == 500);
  REQUIRE(context.failure);
  CHECK(context.failure->message == "the stream of this reply was given up by a later next or call");
  CHECK(context.chunks.empty());
}

TEST_CASE("edge: a handler gets the event and may answer with one") {
  const Response sent = detail::reply_of(some_event());
  Request request = Request::post("/", sent.body(), "application/json");
  for (const Header& header : sent.headers()) request.header(header.name, header.value);
  CHECK(request.header("ce-subject") == "Zo%C3%AB%20%2250%25%22");

  test::Context context;
  const auto echo = [](const CloudEvent& event, Context&) { return event; };
  const Response reply = test::call(echo, request, context);
  CHECK(reply.status() == 200);
  CHECK(reply.header("ce-type") == "user.created");
  CHECK(reply.header("ce-tenant") == "7");
  CHECK(reply.header("ce-specversion") == "1.0");
  CHECK(reply.header("ce-subject") == request.header("ce-subject"));
  CHECK(reply.header("content-type") == "application/json");
  CHECK(reply.body() == "{}");
}

TEST_CASE("edge: a handler that answers nothing passes the event on, an empty optional ends its branch") {
  const Request request = Request::post("/", "{}").header("ce-type", "user.created");
  std::string seen;
  const Response passed = test::call([&](const CloudEvent& event, Context&) { seen = event.type; }, request);
  CHECK(seen == "user.created");
  CHECK(passed.status() == 200);
  CHECK(passed.body().empty());
  CHECK(!passed.header(SJ_FILTERED_HEADER));
  const Response ended = test::call([](const CloudEvent&, Context&) { return std::optional<CloudEvent>(); }, request);
  CHECK(ended.status() == 204);
  CHECK(ended.header(SJ_FILTERED_HEADER) == "1");
}

TEST_CASE("edge: a handler refuses a request that is no event") {
  const auto ignore = [](const CloudEvent&, Context&) {};
  const auto structured = [&](std::string_view body, std::string_view type = "application/cloudevents+json") {
    return test::call(ignore, Request::post("/", body, type));
  };
  CHECK(test::call(ignore, Request::get("/")).status() == 400);
  CHECK(test::call(ignore, Request::post("/", "{}").header("ce-type", "t").header("ce-specversion", "0.3")).status() ==
        400);
  CHECK(structured("[]", "application/cloudevents-batch+json").body().find("a batch") != std::string_view::npos);
  CHECK(structured(R"({"specversion":"1.0"})").body() == "the event has no type");
  CHECK(structured(R"({"type":"t","specversion":"0.3"})").status() == 400);
  CHECK(structured(R"({"type":"t","nested":{}})").body().find("nested") != std::string_view::npos);
  CHECK(structured(R"({"type":"t","data_base64":"!"})").body().find("not base64") != std::string_view::npos);
  for (const std::string_view broken :
       {"", "{", "[]", R"({"type")", R"({"type":)", R"({"type":"t")", R"({"type":"t",})", R"({"type":"t"} x)",
        R"({"type":"\ud800"})", R"({"type":"\udc00"})", R"({"type":"\u12"})", R"({"type":"\x"})", "{\"type\":\"\n\"}",
        R"({"type":"t","data":[1})", R"({"type":"t","data":})", R"({"type":"t","data":[)"}) {
    CAPTURE(broken);
    CHECK(structured(broken).body().find("the event is not JSON: it goes wrong at byte") == 0);
  }
  const std::string deep = R"({"type":"t","data":)" + std::string(65, '[') + std::string(65, ']') + "}";
  CHECK(structured(deep).body().find("the limit of 64 levels") != std::string_view::npos);
}

TEST_CASE("edge: a handler reads an event in structured mode") {
  std::optional<CloudEvent> seen;
  const auto note = [&](const CloudEvent& event, Context&) { seen = event; };
  const auto read = [&](std::string_view body) {
    seen.reset();
    CHECK(test::call(note, Request::post("/", body, "application/CloudEvents+json; charset=utf-8")).status() == 200);
    REQUIRE(seen);
    return *seen;
  };
  const CloudEvent whole =
      read(R"( {"specversion":"1.0", "id":"1\/2", "source":"/s", "type":"t", "subject":"Zo\u00eb \ud83d\ude00",)"
           R"( "count":7, "urgent":true, "gone":null, "data": {"a": ["}", 1.5]} } )");
  CHECK(whole.id == "1/2");
  CHECK(whole.subject == "Zo\xC3\xAB \xF0\x9F\x98\x80");
  CHECK(whole.extensions == std::vector<std::pair<std::string, std::string>>{{"count", "7"}, {"urgent", "true"}});
  CHECK(whole.data == R"({"a": ["}", 1.5]})");
  CHECK(whole.content_type == "application/json");
  CHECK(read(R"({"type":"t","datacontenttype":"text/plain","data":"a\nb"})").data == "a\nb");
  CHECK(read(R"({"type":"t","datacontenttype":"application/x+json","data":"a"})").data == "\"a\"");
  const CloudEvent binary = read(R"({"type":"t","data_base64":"AAECAw==","datacontenttype":"application/zip"})");
  CHECK(binary.data == std::string("\0\1\2\3", 4));
  CHECK(binary.content_type == "application/zip");
  CHECK(read(R"({"type":"t"})").data.empty());
}

TEST_CASE("edge: attributes of a request are percent-decoded, and may stand in quotes") {
  std::optional<CloudEvent> seen;
  (void)test::call([&](const CloudEvent& event, Context&) { seen = event; },
                   Request::post("/", "x", "text/plain")
                       .header("ce-type", "t")
                       .header("ce-subject", R"("a \"b\" %C3%AB")")
                       .header("ce-note", "100%25 + 1"));
  REQUIRE(seen);
  CHECK(seen->subject == "a \"b\" \xC3\xAB");
  CHECK(seen->extensions.front().second == "100% + 1");
}

TEST_CASE("testing: handle says what the next step gets") {
  const CloudEvent event = some_event();
  CHECK(test::handle([](const CloudEvent&, Context&) {}, event).next->data == event.data);
  const auto replaced = test::handle(
      [](const CloudEvent& in, Context&) {
        CloudEvent out = in;
        out.type = "user.checked";
        return out;
      },
      event);
  CHECK(replaced.next->type == "user.checked");
  CHECK(replaced.next->subject == event.subject);
  const auto ended = test::handle([](const CloudEvent&, Context&) { return std::optional<CloudEvent>(); }, event);
  CHECK(ended.filtered);
  CHECK(!ended.next);
  const auto failed = test::handle([](const CloudEvent&, Context&) { throw Error(503, "later"); }, event);
  CHECK(failed.status == 503);
  CHECK(!failed.next);
  const auto plain = test::handle([](const Request&, Context&) { return Response::text("new data"); }, event);
  CHECK(plain.next->type == event.type);
  CHECK(plain.next->data == "new data");
  CHECK(plain.next->content_type == "text/plain; charset=utf-8");
}
