#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sojourn/testing.h>

#include "functions/lambda-event/base64.h"
#include "functions/lambda-event/event.h"

namespace built_in {
sojourn::Response lambda_event(const sojourn::Request& request, sojourn::Next& next, sojourn::Context& context);
}

using built_in::Json;
using sojourn::Request;
using sojourn::Response;

namespace {

Json handed_over(const Request& request) {
  sojourn::test::Context context;
  context.facts[SJ_CALL_ID] = "id-1";
  context.facts[SJ_NAME] = "api";
  Json event;
  context.inner = [&](const Request& inner) {
    event = Json::parse(inner.body());
    return Response::json("{}");
  };
  sojourn::test::call(built_in::lambda_event, request, context);
  return event;
}

Response reply_to(Response returned) {
  sojourn::test::Context context;
  context.inner = [returned](const Request&) { return returned; };
  return sojourn::test::call(built_in::lambda_event, Request::get("/"), context);
}

}  // namespace

TEST_CASE("lambda-event: the request becomes the event of payload format 2.0") {
  const Json event = handed_over(Request::post("/my/path?a=1&b=x%20y&a=2", "hello", "text/plain")
                                     .header("host", "id.example.com")
                                     .header("user-agent", "agent")
                                     .header("cookie", "one=1; two=2")
                                     .add_header("x-many", "1")
                                     .add_header("x-many", "2"));
  CHECK(event["version"] == "2.0");
  CHECK(event["routeKey"] == "$default");
  CHECK(event["rawPath"] == "/my/path");
  CHECK(event["rawQueryString"] == "a=1&b=x%20y&a=2");
  CHECK(event["cookies"] == Json({"one=1", "two=2"}));
  CHECK(event["headers"]["x-many"] == "1,2");
  CHECK_FALSE(event["headers"].contains("cookie"));
  CHECK(event["queryStringParameters"] == Json({{"a", "1,2"}, {"b", "x y"}}));
  CHECK(event["requestContext"]["http"]["method"] == "POST");
  CHECK(event["requestContext"]["http"]["path"] == "/my/path");
  CHECK(event["requestContext"]["http"]["userAgent"] == "agent");
  CHECK(event["requestContext"]["domainName"] == "id.example.com");
  CHECK(event["requestContext"]["domainPrefix"] == "id");
  CHECK(event["requestContext"]["requestId"] == "id-1");
  CHECK(event["requestContext"]["timeEpoch"].is_number_integer());
  CHECK(event["body"] == "hello");
  CHECK(event["isBase64Encoded"] == false);
}

TEST_CASE("lambda-event: a body that is no text comes as base64") {
  const Json event = handed_over(Request::post("/", std::string("\xFF\x00\x01", 3), "application/octet-stream"));
  CHECK(event["isBase64Encoded"] == true);
  CHECK(event["body"] == "/wAB");
}

TEST_CASE("lambda-event: the response form says status, headers, cookies and body") {
  const auto reply = reply_to(Response::json(
      R"({"statusCode":201,"headers":{"X-A":"1","content-type":"text/plain"},"cookies":["a=1; Secure","b=2"],)"
      R"("body":"aGk=","isBase64Encoded":true})"));
  CHECK(reply.status() == 201);
  CHECK(reply.body() == "hi");
  CHECK(reply.header("x-a") == "1");
  CHECK(reply.header("content-type") == "text/plain");
  CHECK(reply.headers("set-cookie") == std::vector<std::string>{"a=1; Secure", "b=2"});
}

TEST_CASE("lambda-event: without a statusCode what was returned is the body of a 200") {
  const auto reply = reply_to(Response::json(R"({"message":"hi"})"));
  CHECK(reply.status() == 200);
  CHECK(reply.body() == R"({"message":"hi"})");
  CHECK(reply.header("content-type") == "application/json");
}

TEST_CASE("lambda-event: a response form that is wrong is a 502 which says what is wrong") {
  CHECK(reply_to(Response::json(R"({"statusCode":"200"})")).status() == 502);
  CHECK(reply_to(Response::json(R"({"statusCode":99})")).status() == 502);
  const auto reply = reply_to(Response::json(R"({"statusCode":200,"isBase64Encoded":true,"body":"%"})"));
  CHECK(reply.status() == 502);
  CHECK(reply.body().find("no base64") != std::string_view::npos);
}

TEST_CASE("lambda-event: an error of the function passes as it is") {
  CHECK(reply_to(Response::text("no").status(404)).status() == 404);
}

TEST_CASE("base64: every length comes back as it was, and what is malformed is refused") {
  for (const std::string_view bytes : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    CHECK(built_in::base64_decode(built_in::base64_encode(bytes)) == bytes);
  }
  CHECK(built_in::base64_encode("foob") == "Zm9vYg==");
  CHECK_FALSE(built_in::base64_decode("Zm9").has_value());
  CHECK_FALSE(built_in::base64_decode("Zm9\n").has_value());
  CHECK_FALSE(built_in::base64_decode("=Zm9").has_value());
}
