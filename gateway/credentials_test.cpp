#include "gateway/credentials.h"

#include <doctest/doctest.h>

#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

const std::string kText = std::string(kTokenPrefix) + std::string(64, 'a');

TokenTable table() {
  return TokenTable({Token{"ci", {Scope{Verb::kDeploy, "shop-*"}}, Sha256::of(kText), 0}});
}

TEST_CASE("credentials: a known token is found whatever the scheme's case") {
  const TokenTable tokens = table();
  RecentTokens recent;
  for (const std::string scheme : {"Bearer ", "bearer ", "BEARER   "}) {
    const auto credentials = Credentials::of(scheme + kText, tokens, recent);
    REQUIRE(credentials.token != nullptr);
    CHECK(credentials.token->name == "ci");
  }
}

TEST_CASE("credentials: nothing, another scheme and an unknown token are told apart") {
  const TokenTable tokens = table();
  RecentTokens recent;
  CHECK_FALSE(Credentials::of("", tokens, recent).presented);
  CHECK_FALSE(Credentials::of("Basic eDp5", tokens, recent).presented);
  CHECK_FALSE(Credentials::of("Bearer", tokens, recent).presented);
  const auto unknown = Credentials::of("Bearer nonsense", tokens, recent);
  CHECK(unknown.presented);
  CHECK(unknown.token == nullptr);
}

TEST_CASE("credentials: who is unknown is unauthorized, who lacks the scope is forbidden") {
  const TokenTable tokens = table();
  RecentTokens recent;
  CHECK(Credentials{}.may(Verb::kRead, "").error().code() == ErrorCode::kUnauthorized);
  const auto known = Credentials::of("Bearer " + kText, tokens, recent);
  CHECK(known.may(Verb::kDeploy, "shop-api").ok());
  const auto refused = known.may(Verb::kDeploy, "hello");
  CHECK(refused.error().code() == ErrorCode::kForbidden);
  CHECK(refused.error().text() == "token `ci` lacks the scope `deploy` for `hello`");
}

TEST_CASE("credentials: a token is found again, and not after the memory was cleared for a new table") {
  RecentTokens recent;
  {
    const TokenTable tokens = table();
    const Token* first = recent.find(kText, tokens);
    CHECK(first == tokens.find(kText));
    CHECK(recent.find(kText, tokens) == first);
    CHECK(recent.find(kText.substr(0, 67) + "b", tokens) == nullptr);
  }
  recent.clear();
  CHECK(recent.find(kText, TokenTable({})) == nullptr);
}

}  // namespace
}  // namespace sojourn
