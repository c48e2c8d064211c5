// Brings verified artifacts into a stem's directory by hard links, and takes the links away again.
//
// The gateway verified the artifact's hash and names the file by inode, size and time of change; another file is
// refused. Making and removing a link changes that time too, so the warden remembers for each artifact which times of
// change were its own doing: what the gateway verified before them is still verified.
//
// Thread: the warden's only thread.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <sys/stat.h>
#include <unordered_map>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/policy/step.h"

namespace sojourn {

struct ArtifactIdentity {
  Digest digest;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;       // bytes
  std::int64_t changed_ns = 0;  // st_ctim
  std::uint32_t copy = 0;       // 0: the artifact; else `DIGEST.copy` beside it
};

class ArtifactLinks {
 public:
  static Result<ArtifactLinks> open(const std::string& artifacts_directory);

  // Links the artifacts as the stem's objects into `directory`, the function's own first; all of them or none.
  StepError link(std::span<const ArtifactIdentity> identities, int directory);
  // Removes the stem's objects from `directory`; nothing happens when they are gone.
  void unlink(int directory);

 private:
  // The times of change that follow from one that was verified, oldest first; the last is the file's present one.
  using Times = std::deque<std::int64_t>;

  explicit ArtifactLinks(UniqueFd root) : root_(std::move(root)) {}
  StepError link_one(const ArtifactIdentity& identity, int directory, const std::string& object);
  bool unlink_one(int directory, const std::string& object);  // false: there is none
  bool is_verified(const ArtifactIdentity& identity, const struct stat& now) const;
  void remember(const struct stat& before, const struct stat& after);

  UniqueFd root_;
  std::unordered_map<std::uint64_t, Times> own_changes_;  // by inode, bounded
};

}  // namespace sojourn
