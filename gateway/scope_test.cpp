#include "gateway/scope.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

std::vector<Scope> scopes(std::initializer_list<std::string_view> texts) {
  std::vector<Scope> list;
  for (const auto text : texts) list.push_back(*parse_scope(text));
  return list;
}

TEST_CASE("scope: a plain verb holds for every function and for the server") {
  CHECK(allows(scopes({"read"}), Verb::kRead, "hello"));
  CHECK(allows(scopes({"read"}), Verb::kRead, ""));
  CHECK_FALSE(allows(scopes({"read"}), Verb::kDeploy, "hello"));
}

TEST_CASE("scope: a narrowed verb reaches only the functions that fit, and never the server as a whole") {
  CHECK(allows(scopes({"deploy:shop-*"}), Verb::kDeploy, "shop-api"));
  CHECK_FALSE(allows(scopes({"deploy:shop-*"}), Verb::kDeploy, "hello"));
  CHECK_FALSE(allows(scopes({"deploy:*"}), Verb::kDeploy, ""));
}

TEST_CASE("scope: admin includes every verb") {
  for (const Verb verb : {Verb::kInvoke, Verb::kPublish, Verb::kDeploy, Verb::kRead, Verb::kAdmin}) {
    CHECK(allows(scopes({"admin"}), verb, ""));
  }
}

TEST_CASE("scope: unknown verbs and empty patterns are refused with what would do") {
  CHECK(parse_scope("write").error().text().find("invoke, publish, deploy") != std::string::npos);
  CHECK_FALSE(parse_scope("deploy:").ok());
  CHECK_FALSE(parse_scope("").ok());
  CHECK_FALSE(parse_scope("deploy:" + std::string(200, 'a')).ok());
}

TEST_CASE("scope: what is written reads back") {
  for (const std::string text : {"read", "invoke:a?c", "deploy:*"}) CHECK(parse_scope(text)->text() == text);
}

TEST_CASE("scope: glob stars match any run, also an empty one, and backtrack") {
  CHECK(fits_glob("*", ""));
  CHECK(fits_glob("a*c", "abcbc"));
  CHECK(fits_glob("*-api", "shop-api-api"));
  CHECK(fits_glob("a?c", "abc"));
  CHECK_FALSE(fits_glob("a?c", "ac"));
  CHECK_FALSE(fits_glob("shop-*", "shop"));
  CHECK_FALSE(fits_glob("", "a"));
}

}  // namespace
}  // namespace sojourn
