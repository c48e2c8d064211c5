#include "gateway/access/access_check.h"

#include <algorithm>
#include <vector>

#include "gateway/signatures/shown_secret.h"
#include "gateway/signatures/signature.h"
#include "runtime/base/secret_text.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

bool equal(std::string_view a, std::string_view b) {
  const Digest digest = Sha256::of(a);
  return is_one_of({&digest, 1}, b);
}

// Those of the names that are set; kNoCapacity when none is.
Result<std::vector<const Secret*>> find_all(const Access& access, const SecretTable& secrets) {
  std::vector<const Secret*> found;
  for (const std::string& name : access.secrets) {
    if (const Secret* secret = secrets.find(name)) found.push_back(secret);
  }
  if (!found.empty()) return found;
  return Error(ErrorCode::kNoCapacity, "nobody is let in: the secret of this function's access is not set");
}

bool opens(const std::vector<const Secret*>& secrets, std::string_view offered) {
  std::vector<Digest> fingerprints;
  for (const Secret* secret : secrets) fingerprints.push_back(secret->fingerprint);
  return is_one_of(fingerprints, offered);
}

Status check_one(const std::vector<const Secret*>& secrets, std::string_view offered, std::string_view needed,
                 std::string_view wrong) {
  if (offered.empty()) return Error(ErrorCode::kUnauthorized, std::string(needed));
  if (opens(secrets, offered)) return {};
  return Error(ErrorCode::kUnauthorized, std::string(wrong));
}

Status check_basic(const Access& access, const std::vector<const Secret*>& secrets,
                   std::span<const HeaderField> headers) {
  const std::string_view sent = authorization_of(headers, "basic");
  if (sent.empty()) return Error(ErrorCode::kUnauthorized, "this needs a user and a password, as HTTP Basic");
  std::string pair = from_base64(sent).value_or("");
  const std::size_t colon = std::min(pair.find(':'), pair.size());
  const bool user_fits = equal(std::string_view(pair).substr(0, colon), access.user);
  const bool password_fits = opens(secrets, std::string_view(pair).substr(std::min(colon + 1, pair.size())));
  wipe(pair);
  if (user_fits && password_fits) return {};
  return Error(ErrorCode::kUnauthorized, "the user or the password is wrong");
}

bool is_decided_by_head(AccessKind kind) {
  return kind == AccessKind::kKey || kind == AccessKind::kBearer || kind == AccessKind::kBasic;
}

}  // namespace

Status check_access(const Access& access, std::span<const HeaderField> headers, const SecretTable& secrets) {
  if (!is_decided_by_head(access.kind)) return {};
  const auto known = find_all(access, secrets);
  if (!known.ok()) return known.error();
  if (access.kind == AccessKind::kBasic) return check_basic(access, *known, headers);
  if (access.kind == AccessKind::kBearer) {
    return check_one(*known, authorization_of(headers, "bearer"),
                     "this needs its own bearer secret: send `Authorization: Bearer SECRET`",
                     "the bearer secret is not one that opens this");
  }
  return check_one(*known, only_field(headers, access.header).value_or(""),
                   "this needs an API key: send it once, in the header `" + access.header + "`",
                   "the API key is not one that opens this");
}

Status check_body_access(const Access& access, std::span<const HeaderField> headers, std::string_view body,
                         const SecretTable& secrets, std::int64_t now) {
  if (access.kind != AccessKind::kHmac) return {};
  const auto known = find_all(access, secrets);
  if (!known.ok()) return known.error();
  std::vector<std::string_view> values;
  for (const Secret* secret : *known) values.push_back(secret->value.view());
  return check_signature(access.signature, headers, body, values, now);
}

std::string_view secret_header(const Access& access) {
  if (access.kind == AccessKind::kKey) return access.header;
  return access.kind == AccessKind::kBearer || access.kind == AccessKind::kBasic ? "authorization" : std::string_view();
}

std::string challenge(const Access& access) {
  switch (access.kind) {
    case AccessKind::kBasic:
      return R"(Basic realm="sojourn", charset="UTF-8")";
    case AccessKind::kKey:
      return R"(ApiKey realm="sojourn", header=")" + access.header + "\"";
    case AccessKind::kHmac:
      return R"(Signature realm="sojourn", header=")" + access.signature.header + "\"";
    default:
      return R"(Bearer realm="sojourn")";
  }
}

}  // namespace sojourn
