#include "runtime/crypto/hmac.h"

#include <cassert>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace sojourn {
namespace {

const EVP_MD* algorithm(HashKind hash) {
  switch (hash) {
    case HashKind::kSha1:
      return ::EVP_sha1();
    case HashKind::kSha512:
      return ::EVP_sha512();
    case HashKind::kSha256:
      break;
  }
  return ::EVP_sha256();
}

}  // namespace

std::string hmac(HashKind hash, std::string_view key, std::string_view message) {
  std::string code(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  [[maybe_unused]] const auto* const made =
      ::HMAC(algorithm(hash), key.empty() ? "" : key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(),
             reinterpret_cast<unsigned char*>(code.data()), &size);
  assert(made != nullptr);
  code.resize(size);
  return code;
}

}  // namespace sojourn
