#include "gateway/hooks/sender_check.h"

#include <algorithm>
#include <vector>

#include "gateway/signatures/shown_secret.h"
#include "gateway/signatures/signature.h"

namespace sojourn {
namespace {

Error refused(std::string text) {
  return Error(ErrorCode::kUnauthorized, std::move(text));
}

bool shows_its_secret(WebhookScheme scheme) {
  return scheme == WebhookScheme::kGitlab || scheme == WebhookScheme::kBearer;
}

// The secrets that verify something at present.
struct Known {
  std::vector<const Secret*> secrets;
  std::size_t expired = 0;
  std::size_t all = 0;

  // Added to what is told about a request that did not fit: perhaps it was made with a secret of yesterday.
  std::string remark() const {
    if (expired == 0) return {};
    return "; of this hook's " + std::to_string(all) + " secrets " + std::to_string(expired) +
           (expired == 1 ? " has expired (notAfter) and verifies" : " have expired (notAfter) and verify") + " nothing";
  }
};

Result<Known> known_secrets(const WebhookTrigger& hook, const SecretTable& secrets, std::int64_t now) {
  Known known;
  known.all = hook.secrets.size();
  for (const WebhookSecret& named : hook.secrets) {
    if (named.not_after != 0 && now > named.not_after) {
      ++known.expired;
    } else if (const Secret* secret = secrets.find(named.name)) {
      known.secrets.push_back(secret);
    }
  }
  if (!known.secrets.empty()) return known;
  if (known.expired == known.all) return refused("every secret of this hook has expired (notAfter)");
  return Error(ErrorCode::kNoCapacity, "nobody is let in: the secret of this hook is not set" + known.remark());
}

Status check_shown(const WebhookTrigger& hook, std::span<const HeaderField> headers, const Known& known) {
  const bool is_authorization = hook.signature.header == kBearerHeader;
  const std::string_view sent =
      is_authorization ? authorization_of(headers, "bearer") : only_field(headers, hook.signature.header).value_or("");
  if (sent.empty()) {
    return refused("this needs the hook's secret, once, in the header `" + hook.signature.header +
                   (is_authorization ? "`: Bearer SECRET" : "`"));
  }
  std::vector<Digest> fingerprints;
  for (const Secret* secret : known.secrets) fingerprints.push_back(secret->fingerprint);
  if (is_one_of(fingerprints, sent)) return {};
  return refused("the secret in `" + hook.signature.header + "` is not one of this hook" + known.remark());
}

bool has(std::span<const HeaderField> headers, std::string_view name) {
  return std::ranges::find(headers, name, &HeaderField::name) != headers.end();
}

}  // namespace

SignatureScheme signature_of(const WebhookTrigger& hook, std::span<const HeaderField> headers) {
  SignatureScheme scheme = hook.signature;
  const bool is_svix =
      hook.scheme == WebhookScheme::kStandardWebhooks && !has(headers, scheme.header) && has(headers, "svix-signature");
  if (!is_svix) return scheme;
  scheme.header = "svix-signature";
  scheme.timestamp = "svix-timestamp";
  scheme.id = "svix-id";
  return scheme;
}

Status check_sender_head(const WebhookTrigger& hook, std::span<const HeaderField> headers, const SecretTable& secrets,
                         std::int64_t now) {
  if (hook.scheme == WebhookScheme::kNone) return {};
  const auto known = known_secrets(hook, secrets, now);
  if (!known.ok()) return known.error();
  if (shows_its_secret(hook.scheme)) return check_shown(hook, headers, *known);
  if (has(headers, signature_of(hook, headers).header)) return {};
  return refused("this needs one signature of the body, in the header `" + hook.signature.header + "`");
}

Status check_sender(const WebhookTrigger& hook, std::span<const HeaderField> headers, std::string_view body,
                    const SecretTable& secrets, std::int64_t now) {
  if (hook.scheme == WebhookScheme::kNone) return {};
  const auto known = known_secrets(hook, secrets, now);
  if (!known.ok()) return known.error();
  if (shows_its_secret(hook.scheme)) return check_shown(hook, headers, *known);
  std::vector<std::string_view> values;
  for (const Secret* secret : known->secrets) values.push_back(secret->value.view());
  const Status genuine = check_signature(signature_of(hook, headers), headers, body, values, now);
  if (genuine.ok()) return {};
  return refused(genuine.error().text() + known->remark());
}

std::string challenge(const WebhookTrigger& hook) {
  if (hook.signature.header == kBearerHeader) return R"(Bearer realm="sojourn")";
  return R"(Signature realm="sojourn", header=")" + hook.signature.header + "\"";
}

}  // namespace sojourn
