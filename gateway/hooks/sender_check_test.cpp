#include "gateway/hooks/sender_check.h"

#include <doctest/doctest.h>
#include <vector>

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
  static const SecretTable secrets({secret("new", "new-value"), secret("old", "old-value")});
  return secrets;
}

WebhookTrigger hook_of(WebhookScheme scheme, SignatureScheme signature = {}) {
  WebhookTrigger hook;
  hook.scheme = scheme;
  hook.signature = std::move(signature);
  hook.secrets = {{"new"}, {"old", 1000}};
  return hook;
}

WebhookTrigger shown_in(WebhookScheme scheme, std::string_view header) {
  SignatureScheme signature;
  signature.header = header;
  return hook_of(scheme, signature);
}

std::string outcome(const WebhookTrigger& hook, const Headers& headers, std::string_view body, std::int64_t now = 900) {
  const Status status = check_sender(hook, headers, body, table(), now);
  return status.ok() ? "genuine" : status.error().text();
}

std::string by_head(const WebhookTrigger& hook, const Headers& headers, std::int64_t now = 900) {
  const Status status = check_sender_head(hook, headers, table(), now);
  return status.ok() ? "genuine" : status.error().text();
}

std::string github_signature(std::string_view key, std::string_view body) {
  return "sha256=" + to_hex(hmac(HashKind::kSha256, key, body));
}

}  // namespace

TEST_CASE("sender check: GitLab's token is one of the secrets, and is judged before the body") {
  const WebhookTrigger hook = shown_in(WebhookScheme::kGitlab, kGitlabHeader);
  for (const auto& check :
       {by_head(hook, {{"x-gitlab-token", "new-value"}}), by_head(hook, {{"x-gitlab-token", "old-value"}}),
        outcome(hook, {{"x-gitlab-token", "new-value"}}, "any body")}) {
    CHECK(check == "genuine");
  }
  CHECK(by_head(hook, {}) == "this needs the hook's secret, once, in the header `x-gitlab-token`");
  CHECK(by_head(hook, {{"x-gitlab-token", "new-value"}, {"x-gitlab-token", "new-value"}}).find("once") !=
        std::string::npos);
  for (const char* wrong : {"new-valu", "new-value ", "NEW-VALUE", "new", "Bearer new-value"}) {
    CHECK(by_head(hook, {{"x-gitlab-token", wrong}}) == "the secret in `x-gitlab-token` is not one of this hook");
  }
}

TEST_CASE("sender check: a bearer secret stands in Authorization, or alone in a header of its own") {
  const WebhookTrigger usual = shown_in(WebhookScheme::kBearer, kBearerHeader);
  CHECK(by_head(usual, {{"authorization", "Bearer new-value"}}) == "genuine");
  CHECK(by_head(usual, {{"authorization", "new-value"}}).find("Bearer SECRET") != std::string::npos);
  const WebhookTrigger own = shown_in(WebhookScheme::kBearer, "x-token");
  CHECK(by_head(own, {{"x-token", "new-value"}}) == "genuine");
  CHECK(by_head(own, {{"authorization", "Bearer new-value"}}).find("x-token") != std::string::npos);
}

TEST_CASE("sender check: an expired secret verifies nothing, and that is said") {
  const WebhookTrigger gitlab = shown_in(WebhookScheme::kGitlab, kGitlabHeader);
  CHECK(by_head(gitlab, {{"x-gitlab-token", "old-value"}}, 1000) == "genuine");
  CHECK(by_head(gitlab, {{"x-gitlab-token", "old-value"}}, 1001) ==
        "the secret in `x-gitlab-token` is not one of this hook; of this hook's 2 secrets 1 has expired (notAfter) and "
        "verifies nothing");
  CHECK(by_head(gitlab, {{"x-gitlab-token", "new-value"}}, 1001) == "genuine");

  WebhookTrigger github = hook_of(WebhookScheme::kGithub, *known_scheme("github"));
  const std::string made = github_signature("old-value", "body");
  CHECK(outcome(github, {{"x-hub-signature-256", made}}, "body", 1000) == "genuine");
  CHECK(outcome(github, {{"x-hub-signature-256", made}}, "body", 1001).find("1 has expired (notAfter)") !=
        std::string::npos);
  github.secrets = {{"old", 1000}};
  CHECK(outcome(github, {{"x-hub-signature-256", made}}, "body", 1001) ==
        "every secret of this hook has expired (notAfter)");
}

TEST_CASE("sender check: a hook whose secret is not set lets nobody in") {
  WebhookTrigger hook = shown_in(WebhookScheme::kGitlab, kGitlabHeader);
  hook.secrets = {{"missing"}};
  const Status status = check_sender(hook, Headers{{"x-gitlab-token", ""}}, "", table(), 900);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code() == ErrorCode::kNoCapacity);
  CHECK(status.error().text() == "nobody is let in: the secret of this hook is not set");
}

TEST_CASE("sender check: a request without a signature is refused before its body is read") {
  const WebhookTrigger hook = hook_of(WebhookScheme::kGithub, *known_scheme("github"));
  CHECK(by_head(hook, {}) == "this needs one signature of the body, in the header `x-hub-signature-256`");
  CHECK(by_head(hook, {{"x-hub-signature-256", "sha256=00"}}) == "genuine");
}

TEST_CASE("sender check: Standard Webhooks under Svix's names") {
  const WebhookTrigger hook = hook_of(WebhookScheme::kStandardWebhooks, *known_scheme("standard-webhooks"));
  const std::string made = "v1," + to_base64(hmac(HashKind::kSha256, "new-value", "m.900.body"));
  const Headers svix = {{"svix-id", "m"}, {"svix-timestamp", "900"}, {"svix-signature", made}};
  CHECK(by_head(hook, svix) == "genuine");
  CHECK(outcome(hook, svix, "body") == "genuine");
  CHECK(outcome(hook, svix, "bodY").find("does not fit") != std::string::npos);
  Headers with_standard = svix;
  with_standard.push_back({"webhook-signature", "v1,AAAA"});
  CHECK(outcome(hook, with_standard, "body") != "genuine");
}

TEST_CASE("sender check: the scheme none asks for nothing") {
  CHECK(outcome(hook_of(WebhookScheme::kNone), {}, "") == "genuine");
  CHECK(by_head(hook_of(WebhookScheme::kNone), {}) == "genuine");
}

TEST_CASE("sender check: no refusal holds a secret's value or name") {
  for (const WebhookTrigger& hook :
       {shown_in(WebhookScheme::kGitlab, kGitlabHeader), hook_of(WebhookScheme::kGithub, *known_scheme("github")),
        hook_of(WebhookScheme::kStripe, *known_scheme("stripe"))}) {
    for (const Headers& headers :
         {Headers{}, Headers{{"x-gitlab-token", "x"}}, Headers{{"x-hub-signature-256", "sha256=00"}},
          Headers{{"stripe-signature", "t=900,v1=00"}}}) {
      const std::string text = outcome(hook, headers, "body", 1001);
      CAPTURE(text);
      CHECK(text.find("value") == std::string::npos);
      CHECK(text.find("old") == std::string::npos);
      CHECK(text.find("new") == std::string::npos);
    }
  }
}

}  // namespace sojourn
