// The StateFile is the disk's side of the functions' state: one SQLite file, written from one thread with whole batches
// of changes.
//
//   entry(function, key, value, revision, expires)   expires: milliseconds since 1970, NULL for ever
//   epoch(n)                                         how often the file was opened
//
// Each opening begins a new epoch; numbers of that epoch begin at epoch × 2^32, so that no number of an earlier run
// comes again, whatever a crash has cut off.
//
// Thread:    one at a time.
// Durability: a written batch outlives the process; a power cut may take the newest batches, never parts of one.
// Errors:    kStoreUnavailable when the disk is full or fails; the batch can be written again.
#pragma once

#include <span>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/database/database.h"
#include "runtime/state/state_table.h"

namespace sojourn {

class StateFile {
 public:
  static Result<StateFile> open(const std::string& path, const Clock& clock);

  std::uint64_t first_number() const { return epoch_ << 32; }
  // Puts into the table what the file holds and has not expired.
  Status load(StateTable& table);
  Status write(std::span<const StateChange> changes);

 private:
  StateFile(Database database, Statement put, Statement remove, const Clock& clock)
      : database_(std::move(database)), put_(std::move(put)), remove_(std::move(remove)), clock_(&clock) {}

  Status begin_epoch();

  Database database_;
  Statement put_;
  Statement remove_;
  const Clock* clock_;
  std::uint64_t epoch_ = 0;
};

}  // namespace sojourn
