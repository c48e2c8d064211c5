#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <sojourn/function.h>
#include <sojourn/testing.h>

using sojourn::Request;

sojourn::Response hello(const Request&, sojourn::Context&);

TEST_CASE("hello: greets the world unless told whom") {
  CHECK(sojourn::test::call(hello, Request::get("/")).body() == "hello, world\n");
  CHECK(sojourn::test::call(hello, Request::get("/?name=Ada")).body() == "hello, Ada\n");
}

TEST_CASE("hello: the greeting comes from the environment") {
  sojourn::test::Context context;
  context.env_values["GREETING"] = "good morning";
  const auto reply = sojourn::test::call(hello, Request::get("/?name=Ada"), context);
  CHECK(reply.status() == 200);
  CHECK(reply.body() == "good morning, Ada\n");
}

TEST_CASE("hello: a name that is too long is the caller's error") {
  const auto reply = sojourn::test::call(hello, Request::get("/?name=" + std::string(101, 'x')));
  CHECK(reply.status() == 422);
  CHECK(reply.body() == "a name has at most 100 bytes\n");
}
