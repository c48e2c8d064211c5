// The Repository keeps what is deployed in a bare git repository: every deploy, apply and removal is one commit, and
// head's tree alone says what a restart serves. Stock git can clone, log and fsck it. Together with the files beside
// it (git_handles, pending_objects, pack_files) the only user of libgit2.
//
// A commit builds only the trees on the way to what changed, so its cost does not grow with what is deployed. Its
// objects are gathered in memory as one pack and made durable by the commit journal, with one sync; pack and branch
// follow without one, and are written again from the journal when a crash took them. There is no state in between.
//
// Thread:     one thread, the store's; asserted by nothing, so keep it there. Snapshots may go to any thread.
// Owner:      the composition root. REQUIRES: the data directory's lock, one Repository per directory.
// Durability: commit() returns after the commit is on disk. An error means that there is none.
// Errors:     kStoreUnavailable when the disk fails or is full, kInternal when the repository is damaged, and those of
//             resolve().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loader/change.h"
#include "loader/deployment.h"
#include "runtime/base/clock.h"
#include "runtime/base/result.h"

namespace sojourn {

struct Committed {
  DeploymentsPtr deployments;          // after the change; the one before when nothing changed
  std::vector<VersionPtr> made;        // new versions
  std::vector<std::string> unchanged;  // functions that were asked for and the same already
  bool changed = false;                // false: no commit was made
};

struct HistoryEntry {
  std::string commit;
  std::int64_t time = 0;  // seconds since the epoch
  std::string author;
  std::string message;                         // its first line
  std::vector<std::string> versions;           // NAME@N that it made
  std::vector<std::string> removed;            // names
  std::vector<std::string> moved;              // NAME@N that became live without being made
  std::vector<std::string> pipelines;          // NAME@N that it made
  std::vector<std::string> removed_pipelines;  // names
};

class Repository {
 public:
  // Called with the name of each step of a commit once it is done; tests crash there.
  using StepHook = std::function<void(std::string_view step)>;

  // Opens the bare repository in `directory`, making it with an empty first commit when it is missing, and loads head.
  static Result<std::unique_ptr<Repository>> open(const std::string& directory, const Clock& clock);
  ~Repository();

  // What is deployed, as of the last commit. Never null.
  const DeploymentsPtr& deployments() const;

  // Makes the change durable, or nothing at all. Without effect there is no commit.
  Result<Committed> commit(const Change& change);

  // The newest first, at most `limit`. With a name only the commits that touched that function or
  // pipeline.
  Result<std::vector<HistoryEntry>> history(std::string_view function, std::size_t limit) const;

  // Each commit leaves a small pack and a record in the journal. When there are many, syncs and merges them; cheap when
  // there are not. Call it between requests, after commits.
  Status tidy();

  void set_step_hook(StepHook hook);

 private:
  class State;
  explicit Repository(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sojourn
