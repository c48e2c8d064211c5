// Brings a verified artifact into a stem's directory by a hard link, and takes the link away again.
//
// The gateway verified the artifact's hash and names the file by inode, size and time of change; another file is
// refused. Making and removing a link changes that time too, so the warden remembers for each artifact which times of
// change were its own doing: what the gateway verified before them is still verified.
//
// Thread: the warden's only thread.
#pragma once

#include <cstdint>
#include <deque>
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
};

class ArtifactLinks {
 public:
  static Result<ArtifactLinks> open(const std::string& artifacts_directory);

  // Links the artifact as fn.so into `directory`.
  StepError link(const ArtifactIdentity& identity, int directory);
  // Removes fn.so from `directory`; nothing happens when it is gone.
  void unlink(int directory);

 private:
  // The times of change that follow from one that was verified, oldest first; the last is the file's present one.
  using Times = std::deque<std::int64_t>;

  explicit ArtifactLinks(UniqueFd root) : root_(std::move(root)) {}
  bool is_verified(const ArtifactIdentity& identity, const struct stat& now) const;
  void remember(const struct stat& before, const struct stat& after);

  UniqueFd root_;
  std::unordered_map<std::uint64_t, Times> own_changes_;  // by inode, bounded
};

}  // namespace sojourn
