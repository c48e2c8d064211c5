#include <doctest/doctest.h>

#include "functions/built_in_test.h"

namespace built_in {
sojourn::Response redact(const sojourn::Request& request, sojourn::Next& next, sojourn::Context& context);
}

using sojourn::Request;
using sojourn::Response;

namespace {

Response reply_of(const char* with, Response inner) {
  built_in::Stage stage(with);
  stage.context.inner = [inner](const Request&) { return inner; };
  return stage.call(built_in::redact, Request::get("/"));
}

}  // namespace

TEST_CASE("redact: members of the reply are blacked out wherever the pointer leads, and nothing else changes") {
  const auto reply =
      reply_of(R"({"response":["/card/number","/users/*/password","/list/1","/missing/x"]})",
               Response::json(R"({"card":{"number":"4111","name":"A"},"users":[{"password":"x"},{}],"list":[1,2]})"));
  CHECK(
      reply.body() ==
      R"({"card":{"number":"[redacted]","name":"A"},"users":[{"password":"[redacted]"},{}],"list":[1,"[redacted]"]})");
}

TEST_CASE("redact: a pointer's escapes name members with slashes and tildes") {
  const auto reply =
      reply_of(R"({"response":["/a~1b","/c~0d"],"replacement":"-"})", Response::json(R"({"a/b":1,"c~d":2,"e":3})"));
  CHECK(reply.body() == R"({"a/b":"-","c~d":"-","e":3})");
}

TEST_CASE("redact: the request is blacked out before the function sees it") {
  built_in::Stage stage(R"({"request":["/password"]})");
  stage.context.inner = [](const Request& inner) { return Response::text(std::string(inner.body())); };
  const auto reply = stage.call(built_in::redact, Request::post("/", R"({"user":"a","password":"b"})"));
  CHECK(reply.body() == R"({"user":"a","password":"[redacted]"})");
}

TEST_CASE("redact: header fields are taken out of the reply") {
  const auto reply = reply_of(R"({"headers":["X-Internal-Id"]})", Response::text("x").header("x-internal-id", "7"));
  CHECK_FALSE(reply.header("x-internal-id").has_value());
}

TEST_CASE("redact: a reply that cannot be looked into does not get out") {
  const auto reply = reply_of(R"({"response":["/a"]})", Response::json(R"({"a": 1)"));
  CHECK(reply.status() == 502);
  CHECK(reply.body().find("1)") == std::string_view::npos);
}

TEST_CASE("redact: what is not JSON passes as it is") {
  CHECK(reply_of(R"({"response":["/a"]})", Response::text("{\"a\":1}")).body() == "{\"a\":1}");
}

TEST_CASE("redact: a pointer that is none keeps the instance from starting") {
  CHECK(built_in::Stage(R"({"response":["card"]})").start_code != SJ_OK);
}
