#include "gateway/hooks/replay_key.h"

#include <doctest/doctest.h>
#include <vector>

#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

using Headers = std::vector<HeaderField>;

std::string key_of(const WebhookTrigger& hook, const Headers& headers = {}, std::string_view body = "body") {
  Pipeline pipeline;
  pipeline.name = "shop";
  const auto keys = replay_keys(hook, pipeline, {headers, body, 1000});
  if (keys.empty()) return "none";
  CHECK(keys.size() == 1);
  CHECK(keys[0].until == 1000 + pipeline.dedupe.count());
  return keys[0].name;
}

WebhookTrigger hook_of(WebhookScheme scheme, const char* name = nullptr) {
  WebhookTrigger hook;
  hook.scheme = scheme;
  if (name != nullptr) hook.signature = *known_scheme(name);
  return hook;
}

}  // namespace

TEST_CASE("replay key: where the id is not signed, the body is remembered beside it") {
  const std::string expected = std::string("b\0shop\0", 7) + Sha256::of("\nbody").hex();
  CHECK(key_of(hook_of(WebhookScheme::kGithub, "github")) == expected);
  CHECK(key_of(hook_of(WebhookScheme::kGitlab)) == expected);
  CHECK(key_of(hook_of(WebhookScheme::kHmac)) == expected);
  CHECK(key_of(hook_of(WebhookScheme::kHmac), {{"x-id", "another"}}) == expected);
}

TEST_CASE("replay key: the same body to another hook of the pipeline is another one") {
  WebhookTrigger first = hook_of(WebhookScheme::kHmac);
  WebhookTrigger second = first;
  first.path = "/a";
  second.path = "/b";
  CHECK(key_of(first) != key_of(second));
}

TEST_CASE("replay key: a signed id needs none, and an unsigned one takes its place again") {
  WebhookTrigger stripe = hook_of(WebhookScheme::kStripe, "stripe");
  CHECK(key_of(stripe) == "none");
  CHECK(key_of(hook_of(WebhookScheme::kSlack, "slack")) == "none");
  WebhookTrigger standard = hook_of(WebhookScheme::kStandardWebhooks, "standard-webhooks");
  CHECK(key_of(standard) == "none");
  standard.id_header = "webhook-id";
  CHECK(key_of(standard) == "none");
  standard.id_header = "x-other";
  CHECK(key_of(standard) != "none");
}

TEST_CASE("replay key: a signed time is part of what is remembered") {
  WebhookTrigger hook = hook_of(WebhookScheme::kStripe, "stripe");
  hook.id_header = "x-id";
  const std::string first = key_of(hook, {{"stripe-signature", "t=1,v1=aa"}});
  CHECK(first != key_of(hook, {{"stripe-signature", "t=2,v1=aa"}}));
  CHECK(first == key_of(hook, {{"stripe-signature", "v0=bb,t=1,v1=cc"}, {"x-id", "another"}}));
}

TEST_CASE("replay key: none where a request holds the secret itself, nor without a window") {
  CHECK(key_of(hook_of(WebhookScheme::kBearer)) == "none");
  CHECK(key_of(hook_of(WebhookScheme::kNone)) == "none");
  Pipeline pipeline;
  pipeline.dedupe = std::chrono::milliseconds(0);
  CHECK(replay_keys(hook_of(WebhookScheme::kGithub, "github"), pipeline, {{}, "body", 1000}).empty());
}

}  // namespace sojourn
