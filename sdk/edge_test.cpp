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
  CHECK(passed.status() == 204);
  CHECK(!passed.header(SJ_FILTERED_HEADER));
  const Response ended = test::call([](const CloudEvent&, Context&) { return std::optional<CloudEvent>(); }, request);
  CHECK(ended.status() == 204);
  CHECK(ended.header(SJ_FILTERED_HEADER) == "1");
}

TEST_CASE("edge: a handler refuses a request that is no event") {
  CHECK(test::call([](const CloudEvent&, Context&) {}, Request::get("/")).status() == 400);
}
