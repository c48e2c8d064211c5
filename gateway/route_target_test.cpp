#include "gateway/route_target.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

TEST_CASE("route target: a function alone is called with the path /") {
  const auto target = parse_route("/function/hello");
  CHECK(target.kind == RouteKind::kFunction);
  CHECK(target.name == "hello");
  CHECK_FALSE(target.has_reference);
  CHECK(target.rest == "/");
}

TEST_CASE("route target: what follows the name reaches the function") {
  CHECK(parse_route("/function/hello/").rest == "/");
  CHECK(parse_route("/function/hello/a/b").rest == "/a/b");
  CHECK(parse_route("/function/hello/function/other").name == "hello");
}

TEST_CASE("route target: a version or alias is named by @ or by a colon") {
  CHECK(parse_route("/function/hello@7/a").reference == "7");
  CHECK(parse_route("/function/hello:live").reference == "live");
  CHECK(parse_route("/function/hello@7").name == "hello");
  CHECK(parse_route("/function/hello/a@b").has_reference == false);
}

TEST_CASE("route target: an empty reference is kept apart from none") {
  const auto target = parse_route("/function/hello@");
  CHECK(target.has_reference);
  CHECK(target.reference.empty());
}

TEST_CASE("route target: the fixed rooms match whole paths only") {
  CHECK(parse_route("/healthz").kind == RouteKind::kHealth);
  CHECK(parse_route("/readyz").kind == RouteKind::kReady);
  CHECK(parse_route("/metrics").kind == RouteKind::kMetrics);
  CHECK(parse_route("/openapi.yaml").kind == RouteKind::kDescription);
  CHECK(parse_route("/healthz/").kind == RouteKind::kUnknown);
  CHECK(parse_route("/").kind == RouteKind::kUnknown);
  CHECK(parse_route("/functions/hello").kind == RouteKind::kUnknown);
}

TEST_CASE("route target: the API's rest begins after its version") {
  const auto target = parse_route("/api/v1/functions/hello");
  CHECK(target.kind == RouteKind::kApi);
  CHECK(target.rest == "functions/hello");
  CHECK(parse_route("/api/v2/functions").kind == RouteKind::kUnknown);
}

TEST_CASE("route target: events, queues, hooks and asynchronous calls have doors of their own") {
  CHECK(parse_route("/events").kind == RouteKind::kEvents);
  CHECK(parse_route("/events/").kind == RouteKind::kUnknown);
  CHECK(parse_route("/queues/mail").kind == RouteKind::kQueue);
  CHECK(parse_route("/queues/mail").name == "mail");
  for (const auto path : {"/queues/a/b", "/queues/mail/", "/queues/", "/queues"}) {
    CHECK(parse_route(path).kind == RouteKind::kUnknown);
  }
  CHECK(parse_route("/hooks/a/b").kind == RouteKind::kHook);
  CHECK(parse_route("/hooks/a/b").rest == "/a/b");
  CHECK(parse_route("/hooksa").kind == RouteKind::kUnknown);
  const auto target = parse_route("/async-function/resize@3/big");
  CHECK(target.kind == RouteKind::kAsync);
  CHECK(target.name == "resize");
  CHECK(target.reference == "3");
  CHECK(target.rest == "/big");
}

TEST_CASE("route target: what this version does not have is known as such") {
  for (const auto path : {"/pipeline/p", "/2015-03-31/functions/f/invocations", "/deployments.git/info/refs"}) {
    CHECK(parse_route(path).kind == RouteKind::kNotAvailable);
  }
  CHECK(parse_route("/eventsource").kind == RouteKind::kUnknown);
}

TEST_CASE("route target: version numbers are plain decimals from 1") {
  CHECK(parse_version_number("7") == 7);
  CHECK(parse_version_number("999999999") == 999'999'999);
  for (const auto text : {"", "0", "07", "-1", "1.0", "7a", "9999999999", "live"}) {
    CHECK_FALSE(parse_version_number(text).has_value());
  }
}

}  // namespace
}  // namespace sojourn
