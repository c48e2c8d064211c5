// How a sender signs the body of its request: which header carries the signature, how it is spelt, and over which bytes
// it was made. Plain data; gateway/signatures checks a request by it.
//
// Thread: values; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "runtime/crypto/hmac.h"

namespace sojourn {

enum class SignatureEncoding { kHex, kBase64 };

enum class SignatureKey {
  kText,      // the secret's bytes are the key
  kWebhooks,  // `whsec_` and the key in base64 (Standard Webhooks); other secrets are taken as text
};

struct SignatureScheme {
  std::string header = "x-signature-256";  // lower-case
  std::string prefix;                      // stands before each signature
  char separator = 0;                      // between several signatures in one header; 0: there is one
  SignatureEncoding encoding = SignatureEncoding::kHex;
  HashKind algorithm = HashKind::kSha256;
  SignatureKey key = SignatureKey::kText;
  // The header with the seconds since the epoch at which it was signed; empty: the scheme signs no time. In `header`
  // itself it is the part that begins with `timestamp_prefix`.
  std::string timestamp;
  std::string timestamp_prefix;
  std::chrono::milliseconds tolerance{300'000};  // either way
  std::string id;                                // the header with the message's id, when the scheme signs one
  // What is signed: text with {body} once, and {timestamp}, {id} where the scheme signs those.
  std::string content = "{body}";

  bool operator==(const SignatureScheme&) const = default;
};

// Where senders show the secret itself instead of signing with it: GitLab's token, and a bearer secret unless a header
// is named, which then holds the secret and nothing else.
inline constexpr std::string_view kGitlabHeader = "x-gitlab-token";
inline constexpr std::string_view kBearerHeader = "authorization";

// The ways of well-known senders: github, slack, standard-webhooks, stripe. Null for any other name.
const SignatureScheme* known_scheme(std::string_view name);
inline constexpr std::string_view kKnownSchemes[] = {"github", "slack", "standard-webhooks", "stripe"};

}  // namespace sojourn
