#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <sojourn/error.h>
#include <sojourn/request.h>

using sojourn::Error;
using sojourn::Request;

namespace {

sj_bytes bytes(const std::string& text) {
  return {text.data(), text.size()};
}

// A request as a host passes it in, with memory that can be taken away.
struct HostMemory {
  std::string method = "POST";
  std::string path = "/a/long/path/that/does/not/fit/into/a/small/string";
  std::string query = "name=Ada+L&x=%41";
  std::string remote = "127.0.0.1";
  std::string header_name = "x-tag";
  std::string header_value = "blue";
  std::string body = "a body";
  sj_field field{bytes(header_name), bytes(header_value)};
  sj_request raw{sizeof(sj_request), bytes(method), bytes(path), bytes(query), bytes(remote), {&field, 1}, bytes(body)};
};

}  // namespace

TEST_CASE("request: the host's request is read without a copy") {
  const HostMemory memory;
  const Request request = Request::borrow(memory.raw);
  CHECK(request.method() == "POST");
  CHECK(request.path().data() == memory.path.data());
  CHECK(request.body().data() == memory.body.data());
  CHECK(request.raw_query() == "name=Ada+L&x=%41");
  CHECK(request.remote_address() == "127.0.0.1");
  CHECK(request.header("X-Tag") == "blue");
  CHECK(request.to_abi().headers.items == &memory.field);
}

TEST_CASE("request: a copy outlives the host's memory") {
  std::optional<HostMemory> memory(std::in_place);
  const Request borrowed = Request::borrow(memory->raw);
  Request copy = borrowed;
  Request assigned;
  assigned = borrowed;
  for (std::string* text : {&memory->method, &memory->path, &memory->query, &memory->header_value, &memory->body}) {
    text->assign(text->size(), '#');
  }
  memory.reset();
  for (const Request& request : {copy, assigned}) {
    CHECK(request.method() == "POST");
    CHECK(request.path() == "/a/long/path/that/does/not/fit/into/a/small/string");
    CHECK(request.query("name") == "Ada L");
    CHECK(request.header("x-tag") == "blue");
    CHECK(request.body() == "a body");
  }
}

TEST_CASE("request: changing a copy leaves the original alone") {
  const Request original = Request::post("/a?b=c", "{}");
  Request copy = original;
  copy.method("PUT")
      .path("/z")
      .raw_query("q=1")
      .body("other")
      .header("Content-Type", "text/plain")
      .add_header("X", "1");
  CHECK(original.method() == "POST");
  CHECK(original.path() == "/a");
  CHECK(original.query("b") == "c");
  CHECK(original.body() == "{}");
  CHECK(original.header("content-type") == "application/json");
  CHECK(!original.header("x"));
  CHECK(copy.method() == "PUT");
  CHECK(copy.path() == "/z");
  CHECK(copy.query("q") == "1");
  CHECK(copy.body() == "other");
  CHECK(copy.header("content-type") == "text/plain");
}

TEST_CASE("request: a view stays valid after a setter and after a move") {
  Request request = Request::get("/first?x=1");
  const std::string_view path = request.path();
  request.path("/second").body(std::string(5000, 'b'));
  Request moved = std::move(request);
  CHECK(path == "/first");
  CHECK(moved.path() == "/second");
  CHECK(moved.body().size() == 5000);
}

TEST_CASE("request: a body of one's own part may be set from itself") {
  Request request = Request::post("/", "abcdef");
  request.body(request.body().substr(2, 2));
  CHECK(request.body() == "cd");
}

TEST_CASE("request: factories split and decode the target") {
  CHECK(Request::get("/a%20b+c?x=1").path() == "/a b+c");
  CHECK(Request::get("/a%20b+c?x=1").raw_query() == "x=1");
  CHECK(Request::get("").path() == "/");
  CHECK(Request::get("?x").path() == "/");
  CHECK(Request::post("/", "x", "text/plain").header("content-type") == "text/plain");
  CHECK(Request().method() == "GET");
}

TEST_CASE("request: queries are decoded, plus is a space, bad escapes stay") {
  const Request request = Request::get("/?a=1&a=2&na%6De=A%26B+C&empty=&bare&=noname&bad=%zz%4&&plus=%2B");
  CHECK(request.query("a") == "1");
  CHECK(request.queries("a") == std::vector<std::string>{"1", "2"});
  CHECK(request.query("name") == "A&B C");
  CHECK(request.query("empty") == "");
  CHECK(request.query("bare") == "");
  CHECK(request.query("") == "noname");
  CHECK(request.query("bad") == "%zz%4");
  CHECK(request.query("plus") == "+");
  CHECK(!request.query("na%6De"));
  CHECK(!request.query("missing"));
  CHECK(request.queries().size() == 8);
  CHECK(Request::get("/?x=%00y").query("x") == std::string("\0y", 2));
  CHECK(Request::get("/?a+b=1").query("a b") == "1");
  CHECK(!Request::get("/?a+b=1").query("a+b"));
}

TEST_CASE("request: repeated headers are joined, or given one by one") {
  Request request;
  request.add_header("Accept", "a").add_header("x", "1").add_header("ACCEPT", "b");
  CHECK(request.header("accept") == "a, b");
  CHECK(request.headers("Accept") == std::vector<std::string>{"a", "b"});
  CHECK(request.headers().size() == 3);
  CHECK(request.headers().front().name == "accept");
  request.header("accept", "c");
  CHECK(request.header("accept") == "c");
  request.drop_header("Accept");
  CHECK(!request.header("accept"));
  CHECK(request.header("x") == "1");
  for (int i = 0; i < 50; ++i) request.add_header("many", std::to_string(i));
  CHECK(request.headers("many").size() == 50);
  CHECK(request.headers("many").back() == "49");
}

TEST_CASE("request: cookies") {
  Request request;
  request.add_header("cookie", "a=1; b=\"two\"; broken;  c = 3 ; a=last").add_header("cookie", "d=x=y; e=");
  CHECK(request.cookie("a") == "1");
  CHECK(request.cookie("b") == "two");
  CHECK(request.cookie("c") == "3");
  CHECK(request.cookie("d") == "x=y");
  CHECK(request.cookie("e") == "");
  CHECK(!request.cookie("broken"));
  CHECK(!request.cookie("A"));
  CHECK(request.header("cookie") == "a=1; b=\"two\"; broken;  c = 3 ; a=last; d=x=y; e=");
}

TEST_CASE("request: json is parsed, and what is none is a 400 that says where") {
  CHECK(Request::post("/", R"({"a": [1]})").json().at("a").at(0) == 1);
  CHECK(Request::post("/", "[1]").json<nlohmann::ordered_json>().size() == 1);
  for (const char* text : {"", "{", "{} x", "nul", "\"\xff\""}) {
    CAPTURE(text);
    try {
      (void)Request::post("/", text).json();
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.status() == 400);
      CHECK(std::string(error.what()).starts_with("the request body is not JSON: it goes wrong at byte "));
    }
  }
}

TEST_CASE("request: json may be 64 levels deep and no deeper, and brackets in strings do not count") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK_NOTHROW((void)Request::post("/", nested(64)).json());
  CHECK_THROWS_WITH((void)Request::post("/", nested(65)).json(),
                    "the request body is JSON nested deeper than the limit of 64 levels");
  CHECK_THROWS_AS((void)Request::post("/", std::string(1'000'000, '{')).json(), Error);
  CHECK_NOTHROW((void)Request::post("/", "[\"\\\"" + std::string(100, '[') + "\"]").json());
  CHECK_NOTHROW((void)Request::post("/", "[" + nested(60) + "," + nested(60) + "]").json());
}
