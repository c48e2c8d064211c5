#include "runtime/crypto/sha256.h"

#include <cassert>
#include <openssl/evp.h>

namespace sojourn {

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  ::EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(::EVP_MD_CTX_new()) {
  [[maybe_unused]] const int ready = ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr);
  assert(ready == 1);
}

void Sha256::add(std::string_view bytes) {
  ::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

Digest Sha256::finish() {
  Digest digest;
  ::EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr);
  return digest;
}

Digest Sha256::of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

}  // namespace sojourn
