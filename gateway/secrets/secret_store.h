// The SecretStore keeps secrets on disk: secrets.json (0600) with every value sealed under the key in secret.key
// (0400), both in the data directory, and with the secret's name bound to it. docs/secrets.md says what that guards
// against, and what not.
//
// Thread: one at a time; every change blocks for the disk. table() from any thread.
// Owner:  the gateway. The directory belongs to one running server.
// Bounds: kSecretsMax secrets of kSecretSizeMax bytes.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "gateway/secrets/secret_table.h"
#include "runtime/base/clock.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kSecretSizeMax = 8u << 10;  // bytes
inline constexpr std::size_t kSecretsMax = 1'000;

struct StoredSecret {
  SecretPtr secret;
  bool is_new = false;
};

class SecretStore {
 public:
  // Reads the secrets, or begins without any and with a new key. kStoreUnavailable when they do not open with the key.
  static Result<std::unique_ptr<SecretStore>> open(std::string directory, const Clock& clock);

  // kBadRequest when it is no name, or the value is empty; kBodyTooLarge, kConflict at the bounds.
  Result<StoredSecret> set(std::string_view name, std::string_view value);
  // kSecretNotFound.
  Status remove(std::string_view name);

  SecretTablePtr table() const;

 private:
  SecretStore(std::string directory, const Clock& clock) : directory_(std::move(directory)), clock_(clock) {}
  std::string file() const { return directory_ + "/secrets.json"; }
  std::string key_file() const { return directory_ + "/secret.key"; }
  Status read_key(bool needed);
  Status load(std::string_view text);
  Status save(std::vector<SecretPtr> secrets);  // the new table stands only when the file does

  const std::string directory_;
  const Clock& clock_;
  SecretText key_;
  mutable std::mutex mutex_;  // guards table_
  SecretTablePtr table_ = std::make_shared<const SecretTable>(std::vector<SecretPtr>{});
};

}  // namespace sojourn
