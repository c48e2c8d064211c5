#include "gateway/guards/built_in_guards.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

GuardUse use(std::string_view name, std::string_view with, std::size_t position = 0) {
  return {.function = "api", .position = position, .name = name, .with = with};
}

std::string why_not(std::string_view name, std::string_view with) {
  const Status status = BuiltInGuards().check(name, with);
  return status.ok() ? "" : status.error().text();
}

}  // namespace

TEST_CASE("built-in guards: equal uses share one guard as long as somebody holds it") {
  BuiltInGuards guards;
  const auto first = guards.make(use("rate-limit", R"({"perSecond":1})"));
  REQUIRE(first.ok());
  CHECK(*guards.make(use("rate-limit", R"({"perSecond":1})")) == *first);
  CHECK(*guards.make(use("rate-limit", R"({"perSecond":2})")) != *first);
  CHECK(*guards.make(use("rate-limit", R"({"perSecond":1})", 1)) != *first);
  int held = 0;
  guards.for_each([&](const BuiltInGuards::Held& one) {
    ++held;
    CHECK(one.function == "api");
  });
  CHECK(held == 1);
}

TEST_CASE("built-in guards: an unknown guard and wrong options are refused") {
  CHECK_FALSE(BuiltInGuards().knows("rate-limits"));
  CHECK(why_not("rate-limits", "").find("there is no guard `rate-limits`, did you mean `rate-limit`?") == 0);
  CHECK(why_not("mirror", "{}") == "to: is missing: where the copies go");
  CHECK(why_not("mirror", R"({"to":"Shadow"})").find("to: is `Shadow`; expected is a function's name") == 0);
  CHECK(why_not("mirror", R"({"to":"shadow@2","percent":10})") == "");
  CHECK(why_not("split", "{}").find("weights: is missing") == 0);
  CHECK(why_not("split", R"({"weights":{"self":0,"api@2":0}})").find("weights: sum up to 0") == 0);
  CHECK(why_not("split", R"({"weights":{"Api":1}})").find("weights.Api: is no target") == 0);
  CHECK(why_not("split", R"({"weights":{"self":90,"api@2":10},"sticky":"cookie:who"})") == "");
  CHECK(why_not("split", R"({"weights":{"self":90},"sticky":"session"})").find("sticky: `session` names no value") ==
        0);
  CHECK(why_not("circuit-breaker", "") == "");
  CHECK(why_not("circuit-breaker", R"({"share":2})").find("share: is 2; allowed is 0.001 to 1") == 0);
}

TEST_CASE("built-in guards: every guard can be made from what it needs at least") {
  BuiltInGuards guards;
  for (const std::string& name : guards.names()) {
    const std::string_view with = name == "rate-limit" ? R"({"perSecond":1})"
                                  : name == "mirror"   ? R"({"to":"x"})"
                                  : name == "split"    ? R"({"weights":{"self":1}})"
                                                       : "";
    CAPTURE(name);
    CHECK(guards.make(use(name, with)).ok());
  }
}

}  // namespace sojourn
