#include "runtime/outgoing/webhook_signature.h"

#include "runtime/base/secret_text.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/hmac.h"

namespace sojourn {
namespace {

constexpr std::string_view kKeyPrefix = "whsec_";

std::string key_of(std::string_view secret) {
  if (secret.starts_with(kKeyPrefix)) {
    if (auto key = from_base64(secret.substr(kKeyPrefix.size()))) return std::move(*key);
  }
  return std::string(secret);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> webhook_signature(std::string_view secret, std::string_view id,
                                                                   std::int64_t now, std::string_view body) {
  std::string timestamp = std::to_string(now);
  std::string content(id);
  content.append(".").append(timestamp).append(".").append(body);
  std::string key = key_of(secret);
  std::string signature = "v1," + to_base64(hmac(HashKind::kSha256, key, content));
  wipe(key);
  return {{"webhook-id", std::string(id)},
          {"webhook-timestamp", std::move(timestamp)},
          {"webhook-signature", std::move(signature)}};
}

}  // namespace sojourn
