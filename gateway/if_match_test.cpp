#include "gateway/if_match.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

Deployments with_hello(int live) {
  auto function = std::make_shared<Function>();
  function->name = "hello";
  function->live = live;
  Deployments deployments;
  deployments.functions["hello"] = std::move(function);
  return deployments;
}

TEST_CASE("if-match: a number is read quoted or bare, anything else is refused") {
  CHECK(*parse_if_match("\"7\"") == 7);
  CHECK(*parse_if_match("7") == 7);
  CHECK(*parse_if_match("0") == 0);
  CHECK_FALSE(parse_if_match("")->has_value());
  for (const auto value : {"*", "\"x\"", "W/\"7\"", "\"7", "7, 8"}) CHECK_FALSE(parse_if_match(value).ok());
}

TEST_CASE("if-match: a change goes through only at the expected live version") {
  CHECK(check_if_match(3, with_hello(3), "hello").ok());
  CHECK(check_if_match(std::nullopt, with_hello(3), "hello").ok());
  const auto moved = check_if_match(3, with_hello(4), "hello");
  CHECK(moved.error().code() == ErrorCode::kConflict);
  CHECK(moved.error().text().find("version 4") != std::string::npos);
}

TEST_CASE("if-match: zero means that there is no such function yet") {
  CHECK(check_if_match(0, Deployments{}, "hello").ok());
  CHECK_FALSE(check_if_match(0, with_hello(1), "hello").ok());
  CHECK_FALSE(check_if_match(1, Deployments{}, "hello").ok());
}

}  // namespace
}  // namespace sojourn
