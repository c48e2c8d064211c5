#include "gateway/hooks/replay_key.h"

#include "gateway/signatures/signature.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

// Whether nobody but the sender could have chosen the id.
bool has_signed_id(const WebhookTrigger& hook) {
  if (!hook.id_header.empty()) return hook.id_header == hook.signature.id;
  return hook.scheme == WebhookScheme::kStripe || hook.scheme == WebhookScheme::kSlack || !hook.signature.id.empty();
}

}  // namespace

std::vector<DedupeKey> replay_keys(const WebhookTrigger& hook, const Pipeline& pipeline, const HookMessage& message) {
  const bool can_copy = hook.scheme != WebhookScheme::kBearer && hook.scheme != WebhookScheme::kNone;
  if (!can_copy || has_signed_id(hook) || pipeline.dedupe.count() <= 0) return {};
  // Two hooks of one pipeline have senders of their own, and neither is to swallow what the other sends.
  Sha256 hash;
  hash.add(hook.path);
  hash.add("\n");
  if (const std::string_view time = signed_time(hook.signature, message.headers); !time.empty()) {
    hash.add(time);
    hash.add("\n");
  }
  hash.add(message.body);
  std::string name = "b";
  name += '\0';
  name += pipeline.name;
  name += '\0';
  name += hash.finish().hex();
  return {{std::move(name), message.now_ms + pipeline.dedupe.count()}};
}

}  // namespace sojourn
