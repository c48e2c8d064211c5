// The packs of a repository: one is written per commit, and many small ones are merged into few, each at least twice
// as large as all smaller ones together, so that an object is rewritten only as often as the history doubles.
//
// Thread: the repository's one thread.
// Errors: kStoreUnavailable when the disk fails or is full.
#pragma once

#include <git2.h>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kPacksMax = 32;  // more are worth merging

// Writes the objects as one pack with its index. Returns after both are on disk.
Status write_pack(git_repository* repository, const std::vector<git_oid>& ids);

// How many packs the repository in `directory` has.
Result<std::size_t> count_packs(const std::string& directory);

// Merges the small packs when there are more than kPacksMax. Returns whether it did; then the repository must be opened
// anew, since libgit2 remembers the packs that are gone.
Result<bool> merge_packs(git_repository* repository, const std::string& directory);

}  // namespace sojourn
