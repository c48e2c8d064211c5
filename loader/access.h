// Who may call something, and which web pages may: the values of the keys `access` and `cors`. Plain data;
// gateway/access decides by it.
//
// Thread: values; any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "loader/signature_scheme.h"

namespace sojourn {

enum class AccessKind {
  kToken,   // a bearer token with scope invoke
  kOpen,    // anybody who reaches the gateway
  kKey,     // a secret in a header
  kBearer,  // a secret as `Authorization: Bearer`
  kBasic,   // a user and a secret as password, `Authorization: Basic`
  kHmac,    // a signature over the body, made with a secret
};

struct Access {
  AccessKind kind = AccessKind::kToken;
  std::vector<std::string> secrets;  // names; any of their values opens, so that they can be rotated
  std::string header = "x-api-key";  // kKey; lower-case
  std::string user;                  // kBasic
  SignatureScheme signature;         // kHmac

  bool operator==(const Access&) const = default;
};

inline constexpr std::size_t kAccessSecretsMax = 8;

struct Cors {
  std::vector<std::string> origins;  // `https://app.example.com`, `https://*.example.com`, or `*` alone
  std::vector<std::string> methods = {"GET", "HEAD", "POST"};
  std::vector<std::string> headers = {"content-type"};  // lower-case, or `*` alone: whatever is asked for
  bool credentials = false;
  std::chrono::milliseconds max_age{600'000};

  bool operator==(const Cors&) const = default;
};

}  // namespace sojourn
