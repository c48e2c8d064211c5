// Sha256 hashes a stream of bytes as they arrive (OpenSSL EVP).
//
// Thread: a value; not shared. REQUIRES: nothing is added after finish().
#pragma once

#include <memory>
#include <string_view>

#include "runtime/base/digest.h"

struct evp_md_ctx_st;

namespace sojourn {

class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  Digest finish();

  static Digest of(std::string_view bytes);

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace sojourn
