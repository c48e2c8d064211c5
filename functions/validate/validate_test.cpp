#include <doctest/doctest.h>

#include "functions/built_in_test.h"
#include "functions/json_body.h"

namespace built_in {
sojourn::Response validate(const sojourn::Request& request, sojourn::Next& next, sojourn::Context& context);
}

using built_in::Json;
using sojourn::Request;
using sojourn::Response;

namespace {

constexpr const char* kNames =
    R"({"schema":{"type":"object","required":["name"],"additionalProperties":false,)"
    R"("properties":{"name":{"type":"string","maxLength":5},"size":{"type":"integer","default":7}}}})";

Response reply_to(const Request& request, const char* with = kNames) {
  built_in::Stage stage(with);
  stage.context.inner = [](const Request& inner) { return Response::text(std::string(inner.body())); };
  return stage.call(built_in::validate, request);
}

}  // namespace

TEST_CASE("validate: a request that fits passes byte for byte, with defaults filled in where some are missing") {
  CHECK(reply_to(Request::post("/", R"({ "name": "Ada", "size": 1 })")).body() == R"({ "name": "Ada", "size": 1 })");
  CHECK(reply_to(Request::post("/", R"({"name":"Ada"})")).body() == R"({"name":"Ada","size":7})");
}

TEST_CASE("validate: a request that does not fit is refused with every mistake and its place") {
  const auto reply = reply_to(Request::post("/", R"({"name":"Adalbert","size":"x"})"));
  CHECK(reply.status() == 422);
  CHECK(reply.header("content-type") == "application/problem+json");
  const Json problem = Json::parse(reply.body());
  REQUIRE(problem["errors"].size() == 2);
  CHECK(problem["errors"][0]["pointer"] == "/name");
  CHECK(problem["errors"][1]["pointer"] == "/size");
}

TEST_CASE("validate: what is no JSON is a 400, and methods without a body pass") {
  CHECK(reply_to(Request::post("/", "{")).status() == 400);
  CHECK(reply_to(Request::get("/")).status() == 200);
}

TEST_CASE("validate: the status of the refusal and the methods can be chosen") {
  CHECK(reply_to(Request::post("/", "[]"), R"({"schema":{"type":"object"},"status":400})").status() == 400);
  CHECK(reply_to(Request::post("/", "[]"), R"({"schema":{"type":"object"},"methods":["PUT"]})").status() == 200);
}

TEST_CASE("validate: a schema that is none keeps the instance from starting") {
  CHECK(built_in::Stage(R"({"schema":{"type":"text"}})").start_code != SJ_OK);
  CHECK(built_in::Stage(R"({"schema":{"pattern":"(a+)+"}})").start_code != SJ_OK);
}
