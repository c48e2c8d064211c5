// The PayloadStore keeps data that is too long for a row, by its content: `payloads/HH/DIGEST`. What is the same is
// there once.
//
// A payload is written before the row that names it is committed, and removed by sweep() when it is old and no row
// names it. put() of a payload that is there makes it young again, so that none is swept between its put() and the
// commit of its row.
//
// Thread:     any.
// Durability: put() returns after file and name are on disk.
// Errors:     kStoreUnavailable when the disk is full or fails, or when a file cannot be read at the moment; kInternal
//             when a payload is not there, or is not what its name says, and will not be next time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"

namespace sojourn {

class PayloadStore {
 public:
  static Result<PayloadStore> open(const std::string& directory);

  Result<Digest> put(std::string_view bytes);
  Result<std::string> get(const Digest& digest) const;

  // What one turn of sweeping saw.
  struct Swept {
    std::size_t removed = 0;
    bool is_through = false;  // it has seen every payload; the next turn begins anew
    std::uint64_t bytes = 0;  // when it is through: of the payloads that stay
  };
  // Removes payloads older than `age` that `is_used` does not want; looks at the folders of at least `most` files,
  // going on where it stopped. REQUIRES: `is_used` sees what is committed, and nothing of an open batch.
  Result<Swept> sweep(const std::function<Result<bool>(const Digest&)>& is_used, std::size_t most,
                      std::chrono::seconds age = std::chrono::hours(1));

 private:
  explicit PayloadStore(std::string directory)
      : directory_(std::move(directory)), one_puts_(std::make_unique<std::mutex>()) {}

  std::string folder_of(const std::string& hex) const { return directory_ + "/" + hex.substr(0, 2); }
  std::string path_of(const std::string& hex) const { return folder_of(hex) + "/" + hex; }
  Status make_folder(const std::string& hex) const;
  Status sweep_folder(const std::string& folder, const std::function<Result<bool>(const Digest&)>& is_used,
                      std::chrono::seconds age, std::size_t& looked, Swept& swept);

  std::string directory_;
  std::unique_ptr<std::mutex> one_puts_;  // two that put the same do not write one file
  int next_folder_ = 0;                   // of 256, where sweeping goes on
  std::uint64_t kept_ = 0;                // bytes of the payloads that this round of sweeping has left
};

}  // namespace sojourn
