#include "loader/signature_scheme.h"

namespace sojourn {
namespace {

SignatureScheme github() {
  SignatureScheme scheme;
  scheme.header = "x-hub-signature-256";
  scheme.prefix = "sha256=";
  return scheme;
}

SignatureScheme slack() {
  SignatureScheme scheme;
  scheme.header = "x-slack-signature";
  scheme.prefix = "v0=";
  scheme.timestamp = "x-slack-request-timestamp";
  scheme.content = "v0:{timestamp}:{body}";
  return scheme;
}

SignatureScheme standard_webhooks() {
  SignatureScheme scheme;
  scheme.header = "webhook-signature";
  scheme.prefix = "v1,";
  scheme.separator = ' ';
  scheme.encoding = SignatureEncoding::kBase64;
  scheme.key = SignatureKey::kWebhooks;
  scheme.timestamp = "webhook-timestamp";
  scheme.id = "webhook-id";
  scheme.content = "{id}.{timestamp}.{body}";
  return scheme;
}

SignatureScheme stripe() {
  SignatureScheme scheme;
  scheme.header = "stripe-signature";
  scheme.prefix = "v1=";
  scheme.separator = ',';
  scheme.timestamp = "stripe-signature";
  scheme.timestamp_prefix = "t=";
  scheme.content = "{timestamp}.{body}";
  return scheme;
}

}  // namespace

const SignatureScheme* known_scheme(std::string_view name) {
  static const SignatureScheme schemes[] = {github(), slack(), standard_webhooks(), stripe()};
  for (std::size_t i = 0; i < std::size(kKnownSchemes); ++i) {
    if (kKnownSchemes[i] == name) return &schemes[i];
  }
  return nullptr;
}

}  // namespace sojourn
