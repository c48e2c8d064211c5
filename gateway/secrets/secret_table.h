// A SecretTable is what secrets there are, at one moment: an immutable snapshot that every loop reads without a lock.
// It is the one place in memory that holds all values; the store makes a new one for each change, and the old one
// wipes its values when the last who reads it lets go.
//
// Thread: any; nothing in it changes after it was made. Pointers into it live as long as it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/base/secret_text.h"

namespace sojourn {

struct Secret {
  std::string name;
  SecretText value;
  Digest fingerprint;           // SHA-256 of the value: compared instead of it, which hides its length too
  std::int64_t created_at = 0;  // seconds since the epoch
  std::int64_t changed_at = 0;
};
using SecretPtr = std::shared_ptr<const Secret>;

class SecretTable {
 public:
  explicit SecretTable(std::vector<SecretPtr> secrets);

  const Secret* find(std::string_view name) const;                // null when there is none
  const std::vector<SecretPtr>& all() const { return secrets_; }  // by name

  // The values that a function names; kNoCapacity with the first that is not set.
  Result<SecretTexts> texts(const std::vector<std::string>& names) const;
  // Ok, or kRefused: names the secret that is not set, and what it was probably meant to be.
  Status has(std::string_view name) const;

 private:
  std::vector<SecretPtr> secrets_;
};
using SecretTablePtr = std::shared_ptr<const SecretTable>;

}  // namespace sojourn
