// The PayloadStore keeps data that is too long for a row, by its content: `payloads/HH/DIGEST`. What is the same is
// there once.
//
// Thread:     any.
// Durability: put() returns after file and name are on disk.
// Errors:     kStoreUnavailable when the disk is full or fails, or when what is read is not what its name says.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"

namespace sojourn {

class PayloadStore {
 public:
  static Result<PayloadStore> open(const std::string& directory);

  Result<Digest> put(std::string_view bytes);
  Result<std::string> get(const Digest& digest) const;
  // Removes payloads older than an hour that `is_used` does not want; looks at most at `most` files, going on where it
  // stopped. Returns how many went.
  Result<std::size_t> sweep(const std::function<Result<bool>(const Digest&)>& is_used, std::size_t most);

 private:
  explicit PayloadStore(std::string directory) : directory_(std::move(directory)) {}

  std::string directory_;
  std::string swept_;  // the last name that sweep looked at
};

}  // namespace sojourn
