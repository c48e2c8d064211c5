#include <doctest/doctest.h>

#include "functions/built_in_test.h"

namespace built_in {
sojourn::Response defaults(const sojourn::Request& request, sojourn::Next& next, sojourn::Context& context);
}

using sojourn::Request;
using sojourn::Response;

namespace {

// What reaches the function behind `defaults`.
std::string passed_on(const Request& request, const char* with = R"({"Name":"Nameless","Color":"Transparent"})") {
  built_in::Stage stage(with);
  stage.context.inner = [](const Request& inner) { return Response::text(std::string(inner.body())); };
  const Response reply = stage.call(built_in::defaults, request);
  CHECK(reply.status() == 200);
  return std::string(reply.body());
}

}  // namespace

TEST_CASE("defaults: what the request leaves out is filled in, what it has stays, null too") {
  CHECK(passed_on(Request::post("/", R"({"Name":"Ada"})")) == R"({"Name":"Ada","Color":"Transparent"})");
  CHECK(passed_on(Request::post("/", R"({"Color":null,"Size":1})")) == R"({"Color":null,"Size":1,"Name":"Nameless"})");
}

TEST_CASE("defaults: objects are filled in member by member, arrays are not touched") {
  CHECK(passed_on(Request::post("/", R"({"a":{"x":1},"list":[]})"), R"({"a":{"x":9,"y":2},"list":[1]})") ==
        R"({"a":{"x":1,"y":2},"list":[]})");
}

TEST_CASE("defaults: a request without a body counts as an empty object where its method has one") {
  CHECK(passed_on(Request::post("/", "")) == R"({"Name":"Nameless","Color":"Transparent"})");
  CHECK(passed_on(Request::get("/")).empty());
}

TEST_CASE("defaults: what is not JSON, or no object, passes byte for byte") {
  CHECK(passed_on(Request::post("/", "Name=Ada", "application/x-www-form-urlencoded")) == "Name=Ada");
  CHECK(passed_on(Request::post("/", "[ 1 ]")) == "[ 1 ]");
}

TEST_CASE("defaults: an object is one whatever its sender calls it, as curl -d calls everything a form") {
  constexpr const char* kForm = "application/x-www-form-urlencoded";
  CHECK(passed_on(Request::post("/", R"( {"Name":"Ada"})", kForm)) == R"({"Name":"Ada","Color":"Transparent"})");
  CHECK(passed_on(Request::post("/", "{x", kForm)) == "{x");
  CHECK(passed_on(Request::post("/", "  ", kForm)) == "  ");
}

TEST_CASE("defaults: a body that only says it is JSON is the sender's mistake") {
  built_in::Stage stage(R"({"a":1})");
  stage.context.inner = [](const Request&) { return Response::text("reached"); };
  CHECK(stage.call(built_in::defaults, Request::post("/", "{")).status() == 400);
}
