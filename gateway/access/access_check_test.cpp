#include "gateway/access/access_check.h"

#include <doctest/doctest.h>

#include "runtime/crypto/encoding.h"
#include "runtime/crypto/hmac.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

using Headers = std::vector<HeaderField>;

SecretPtr secret(std::string name, std::string_view value) {
  auto made = std::make_shared<Secret>();
  made->name = std::move(name);
  made->value = SecretText(value);
  made->fingerprint = Sha256::of(value);
  return made;
}

const SecretTable& table() {
  static const SecretTable secrets({secret("new", "new-value"), secret("old", "old-value"), secret("spaced", "a:b c")});
  return secrets;
}

Access access_of(AccessKind kind, std::vector<std::string> names) {
  Access access;
  access.kind = kind;
  access.secrets = std::move(names);
  return access;
}

std::string outcome(const Access& access, const Headers& headers) {
  const Status status = check_access(access, headers, table());
  return status.ok() ? "in" : std::string(facts(status.error().code()).name);
}

std::string basic(std::string_view pair) {
  return "Basic " + to_base64(pair);
}

}  // namespace

TEST_CASE("access: a key opens in its header, by any of the secrets, once") {
  Access access = access_of(AccessKind::kKey, {"new", "old"});
  CHECK(outcome(access, {{"x-api-key", "new-value"}}) == "in");
  CHECK(outcome(access, {{"x-api-key", "old-value"}}) == "in");
  CHECK(outcome(access, {{"x-api-key", "other"}}) == "unauthorized");
  CHECK(outcome(access, {{"x-api-key", "new-valuE"}}) == "unauthorized");
  CHECK(outcome(access, {{"x-api-key", ""}}) == "unauthorized");
  CHECK(outcome(access, {}) == "unauthorized");
  CHECK(outcome(access, {{"x-api-key", "other"}, {"x-api-key", "new-value"}}) == "unauthorized");
  CHECK(outcome(access, {{"authorization", "Bearer new-value"}}) == "unauthorized");
  access.header = "x-shop";
  CHECK(outcome(access, {{"x-api-key", "new-value"}}) == "unauthorized");
  CHECK(outcome(access, {{"x-shop", "new-value"}}) == "in");
  CHECK(secret_header(access) == "x-shop");
  CHECK(challenge(access) == R"(ApiKey realm="sojourn", header="x-shop")");
}

TEST_CASE("access: a bearer secret opens under Authorization, the scheme in any case") {
  const Access access = access_of(AccessKind::kBearer, {"new"});
  CHECK(outcome(access, {{"authorization", "Bearer new-value"}}) == "in");
  CHECK(outcome(access, {{"authorization", "bEARER  new-value"}}) == "in");
  for (const char* wrong :
       {"Bearer old-value", "Bearer", "Bearer ", "Bearernew-value", "Basic new-value", "new-value"}) {
    CAPTURE(wrong);
    CHECK(outcome(access, {{"authorization", wrong}}) == "unauthorized");
  }
}

TEST_CASE("access: basic wants the user and any of the passwords") {
  Access access = access_of(AccessKind::kBasic, {"new", "spaced"});
  access.user = "ada";
  CHECK(outcome(access, {{"authorization", basic("ada:new-value")}}) == "in");
  CHECK(outcome(access, {{"authorization", basic("ada:a:b c")}}) == "in");
  for (const char* wrong : {"ada:old-value", "bob:new-value", "ada", ":new-value", "adanew-value", "", "ada:"}) {
    CAPTURE(wrong);
    CHECK(outcome(access, {{"authorization", basic(wrong)}}) == "unauthorized");
  }
  CHECK(outcome(access, {{"authorization", "Basic not-base64!"}}) == "unauthorized");
  CHECK(outcome(access, {{"authorization", "Bearer new-value"}}) == "unauthorized");
  CHECK(challenge(access) == R"(Basic realm="sojourn", charset="UTF-8")");
}

TEST_CASE("access: with no secret set nobody is let in, with one of two the other still is") {
  CHECK(outcome(access_of(AccessKind::kKey, {"gone"}), {{"x-api-key", ""}}) == "no_capacity");
  CHECK(outcome(access_of(AccessKind::kBearer, {"gone"}), {}) == "no_capacity");
  CHECK(outcome(access_of(AccessKind::kKey, {"gone", "old"}), {{"x-api-key", "old-value"}}) == "in");
  CHECK(check_body_access(access_of(AccessKind::kHmac, {"gone"}), {}, "", table(), 0).error().code() ==
        ErrorCode::kNoCapacity);
}

TEST_CASE("access: a signature is checked with the body, and only then") {
  const Access access = access_of(AccessKind::kHmac, {"new"});
  const std::string good = to_hex(hmac(HashKind::kSha256, "new-value", "body"));
  const Headers headers = {{"x-signature-256", good}};
  CHECK(outcome(access, {}) == "in");
  CHECK(check_body_access(access, headers, "body", table(), 0).ok());
  CHECK_FALSE(check_body_access(access, headers, "Body", table(), 0).ok());
  CHECK(secret_header(access).empty());
  CHECK(check_body_access(access_of(AccessKind::kOpen, {}), {}, "body", table(), 0).ok());
}

}  // namespace sojourn
