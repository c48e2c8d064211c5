#include <doctest/doctest.h>

#include "functions/built_in_test.h"
#include "functions/json_body.h"

namespace built_in {
sojourn::Response envelope(const sojourn::Request& request, sojourn::Next& next, sojourn::Context& context);
}

using built_in::Json;
using sojourn::Request;
using sojourn::Response;

namespace {

Response reply_of(const char* with, Response inner, Request request = Request::get("/")) {
  built_in::Stage stage(with);
  stage.context.inner = [inner](const Request&) { return inner; };
  return stage.call(built_in::envelope, request);
}

}  // namespace

TEST_CASE("envelope: each call leaves one log line of the same form") {
  built_in::Stage stage(R"({"service":"shop"})");
  stage.context.inner = [](const Request&) { return Response::text("hello").status(201); };
  const auto reply = stage.call(built_in::envelope, Request::post("/carts", "abc"));
  CHECK(reply.body() == "hello");
  REQUIRE(stage.context.logs.size() == 1);
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : stage.context.logs[0].fields) fields[name] = value;
  CHECK(fields["service"] == "shop");
  CHECK(fields["method"] == "POST");
  CHECK(fields["path"] == "/carts");
  CHECK(fields["status"] == "201");
  CHECK(fields["requestBytes"] == "3");
  CHECK(fields["responseBytes"] == "5");
}

TEST_CASE("envelope: no log line where it is switched off") {
  built_in::Stage stage(R"({"log":false})");
  stage.context.inner = [](const Request&) { return Response::text("x"); };
  stage.call(built_in::envelope, Request::get("/"));
  CHECK(stage.context.logs.empty());
}

TEST_CASE("envelope: a function's numbers become Prometheus' text") {
  const auto reply = reply_of(R"({"metrics":{"prefix":"shop_"}})",
                              Response::json(R"({"orders":{"open":3,"late":0.5},"up":true,"name":"x","a-b":1})"),
                              Request::get("/metrics"));
  CHECK(reply.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(reply.body() ==
        "# TYPE shop_orders_open gauge\nshop_orders_open 3\n"
        "# TYPE shop_orders_late gauge\nshop_orders_late 0.5\n"
        "# TYPE shop_up gauge\nshop_up 1\n"
        "# TYPE shop_a_b gauge\nshop_a_b 1\n");
}

TEST_CASE("envelope: a wrapped reply has one shape for data and for errors") {
  const Json good = Json::parse(reply_of(R"({"wrap":true})", Response::json(R"({"a":1})")).body());
  CHECK(good["ok"] == true);
  CHECK(good["data"]["a"] == 1);
  const Json bad = Json::parse(reply_of(R"({"wrap":true})", Response::text("no such cart").status(404)).body());
  CHECK(bad["ok"] == false);
  CHECK(bad["status"] == 404);
  CHECK(bad["error"] == "no such cart");
  CHECK_FALSE(bad.contains("data"));
}

TEST_CASE("envelope: what cannot stand in JSON is not wrapped") {
  CHECK(reply_of(R"({"wrap":true})", Response::bytes("\xFF\xFE", "image/png")).body() == "\xFF\xFE");
}

TEST_CASE("envelope: a prefix that no metric can have keeps the instance from starting") {
  CHECK(built_in::Stage(R"({"metrics":{"prefix":"9-"}})").start_code != SJ_OK);
}
