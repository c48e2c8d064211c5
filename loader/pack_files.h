// The packs of a repository: one is written per commit, and many small ones are merged into few, each at least twice
// as large as all smaller ones together, so that an object is rewritten only as often as the history doubles.
//
// Thread: the repository's one thread.
// Errors: kStoreUnavailable when the disk fails or is full.
#pragma once

#include <git2.h>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace sojourn {

// The objects as the bytes of one pack file.
Result<std::string> make_pack(git_repository* repository, const std::vector<git_oid>& ids);

// Writes the pack and its index into the repository in `directory`, over what has their names. Not synced: the caller
// can write the same pack again. Returns the path of both without its ending.
Result<std::string> install_pack(const std::string& directory, std::string_view pack);

// Removes a pack that install_pack wrote, and what is left of one that a crash interrupted.
void remove_pack(const std::string& path);
void remove_unfinished_packs(const std::string& directory);

// How many packs the repository in `directory` has.
Result<std::size_t> count_packs(const std::string& directory);

// Makes the `unsynced` packs durable, by merging them, and others that are small beside them, into one synced pack.
// Returns whether packs were removed; then the repository must be opened anew, since libgit2 remembers them.
Result<bool> settle_packs(git_repository* repository, const std::string& directory,
                          const std::vector<std::string>& unsynced);

}  // namespace sojourn
