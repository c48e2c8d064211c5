#include "runtime/crypto/sealing.h"

#include <cassert>
#include <memory>
#include <openssl/evp.h>

#include "runtime/crypto/random.h"

namespace sojourn {
namespace {

constexpr int kNonceSize = 12;
constexpr int kTagSize = 16;

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { ::EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free>;

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
int length(std::string_view text) {
  return static_cast<int>(text.size());
}

}  // namespace

SecretText make_seal_key() {
  std::string key = random_bytes(kSealKeySize);
  SecretText made(key);
  wipe(key);
  return made;
}

std::string seal(std::string_view key, std::string_view label, std::string_view text) {
  assert(key.size() == kSealKeySize);
  const std::string nonce = random_bytes(kNonceSize);
  std::string sealed(kNonceSize + text.size() + kTagSize, '\0');
  sealed.replace(0, kNonceSize, nonce);
  unsigned char* const body = bytes(sealed) + kNonceSize;
  const Cipher cipher(::EVP_CIPHER_CTX_new());
  int size = 0;
  [[maybe_unused]] const bool done =
      ::EVP_EncryptInit_ex(cipher.get(), ::EVP_aes_256_gcm(), nullptr, bytes(key), bytes(std::string_view(nonce))) ==
          1 &&
      ::EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes(label), length(label)) == 1 &&
      ::EVP_EncryptUpdate(cipher.get(), body, &size, bytes(text), length(text)) == 1 &&
      ::EVP_EncryptFinal_ex(cipher.get(), body + size, &size) == 1 &&
      ::EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, body + text.size()) == 1;
  assert(done);
  return sealed;
}

std::optional<SecretText> open_sealed(std::string_view key, std::string_view label, std::string_view sealed) {
  assert(key.size() == kSealKeySize);
  if (sealed.size() < kSealOverhead) return std::nullopt;
  const std::string_view nonce = sealed.substr(0, kNonceSize);
  const std::string_view body = sealed.substr(kNonceSize, sealed.size() - kSealOverhead);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  std::string text(body.size(), '\0');
  const Cipher cipher(::EVP_CIPHER_CTX_new());
  int size = 0;
  const bool genuine =
      ::EVP_DecryptInit_ex(cipher.get(), ::EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1 &&
      ::EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes(label), length(label)) == 1 &&
      ::EVP_DecryptUpdate(cipher.get(), bytes(text), &size, bytes(body), length(body)) == 1 &&
      ::EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1 &&
      ::EVP_DecryptFinal_ex(cipher.get(), bytes(text) + size, &size) == 1;
  std::optional<SecretText> opened;
  if (genuine) opened.emplace(text);
  wipe(text);
  return opened;
}

}  // namespace sojourn
