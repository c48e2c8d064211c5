#include <doctest/doctest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include <sojourn/response.h>

using sojourn::Response;

TEST_CASE("response: the factories set status, type and body") {
  CHECK(Response::text("hi").status() == 200);
  CHECK(Response::text("hi").header("Content-Type") == "text/plain; charset=utf-8");
  CHECK(Response::text("hi").body() == "hi");
  CHECK(Response::html("<p>").header("content-type") == "text/html; charset=utf-8");
  CHECK(Response::bytes(std::string("\0x", 2), "image/png").body().size() == 2);
  CHECK(Response::bytes("", "image/png").header("content-type") == "image/png");
  CHECK(Response::empty().status() == 204);
  CHECK(Response::empty(202).status() == 202);
  CHECK(!Response::empty().header("content-type"));
  CHECK(Response::redirect("/there").status() == 303);
  CHECK(Response::redirect("/there", 308).header("location") == "/there");
  CHECK(!Response().streamed());
}

TEST_CASE("response: json takes text as it is and values by writing them") {
  const std::string text = R"({"a": 1})";
  CHECK(Response::json(R"({"a": 1})").body() == text);
  CHECK(Response::json(text).body() == text);
  CHECK(Response::json(std::string_view(text)).body() == text);
  CHECK(Response::json(std::string(text)).body() == text);
  CHECK(Response::json(nlohmann::json{{"a", 1}}).body() == R"({"a":1})");
  CHECK(Response::json({{"b", true}, {"a", nullptr}}).body() == R"({"a":null,"b":true})");
  CHECK(Response::json(std::map<std::string, int>{{"x", 1}}).body() == R"({"x":1})");
  CHECK(Response::json(nlohmann::ordered_json{{"b", 1}, {"a", 2}}).body() == R"({"b":1,"a":2})");
  const nlohmann::json value = "text";
  CHECK(Response::json(value).body() == "\"text\"");
  CHECK(Response::json(value).header("content-type") == "application/json");
}

TEST_CASE("response: setters chain on values and on temporaries") {
  Response named = Response::text("x");
  named.status(201).header("X-A", "1").add_header("x-a", "2").body("y");
  CHECK(named.status() == 201);
  CHECK(named.header("x-a") == "1, 2");
  CHECK(named.headers("X-A").size() == 2);
  CHECK(named.body() == "y");
  const Response temporary = Response::text("x").status(404).header("content-type", "text/x").drop_header("none");
  CHECK(temporary.status() == 404);
  CHECK(temporary.headers("content-type") == std::vector<std::string>{"text/x"});
}

TEST_CASE("response: copies and moves keep every field") {
  Response original = Response::text("body").header("x-one", "1");
  for (int fields = 0; fields < 12; ++fields) {
    Response copy = original;
    CHECK(copy.headers().size() == original.headers().size());
    copy.header("x-one", "changed");
    CHECK(original.header("x-one") == "1");
    Response moved = std::move(copy);
    CHECK(moved.header("x-one") == "changed");
    CHECK(moved.header("content-type") == "text/plain; charset=utf-8");
    Response assigned;
    assigned = std::move(moved);
    CHECK(assigned.body() == "body");
    CHECK(assigned.headers().size() == original.headers().size());
    original.add_header("x-more", std::to_string(fields));
  }
}

TEST_CASE("response: a copy of the host's reply owns its bytes") {
  std::string name = "x-tag";
  std::string value = "blue";
  std::string body = "inner";
  const sj_field field{{name.data(), name.size()}, {value.data(), value.size()}};
  const sj_response raw{sizeof raw, 418, 0, {&field, 1}, {body.data(), body.size()}};
  const Response copy = Response::copy_of(raw);
  name = value = body = "#####";
  CHECK(copy.status() == 418);
  CHECK(copy.header("x-tag") == "blue");
  CHECK(copy.body() == "inner");
}

TEST_CASE("response: in the ABI's form it is a view of itself") {
  const Response reply = Response::text("hi").header("x-a", "1");
  const sj_response raw = reply.to_abi();
  CHECK(raw.size == sizeof raw);
  CHECK(raw.status == 200);
  CHECK(raw.body.data == reply.body().data());
  CHECK(raw.headers.count == 2);
}
