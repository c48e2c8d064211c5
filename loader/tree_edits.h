// TreeEdits gathers the files that one commit writes and removes, then makes the commit's tree out of the one before:
// only the directories on the way to a change are made anew.
//
// Thread:    the repository's one thread.
// Ownership: borrows the object database, which outlives it.
#pragma once

#include <git2.h>
#include <string>
#include <string_view>
#include <vector>

#include "loader/change.h"
#include "runtime/base/result.h"

namespace sojourn {

class TreeEdits {
 public:
  explicit TreeEdits(git_odb* database) : database_(database) {}

  Status put(const std::string& path, std::string_view content);
  // REQUIRES: what is removed is there.
  void remove_file(const std::string& path);
  void remove_directory(const std::string& path);
  // Everything that the change does to functions and pipelines (deployment_files.h says where).
  Status put_change(const Deployments& now, const ResolvedChange& change);

  // `base` may be null, for the first tree.
  Result<git_oid> make_tree(git_repository* repository, git_tree* base);

 private:
  Status put_pipelines(const Deployments& now, const ResolvedChange& change);
  void add(git_tree_update update, git_tree_update_t action, git_filemode_t mode, const std::string& path);

  git_odb* database_;
  std::vector<git_tree_update> updates_;
  std::vector<std::string> paths_;  // of updates_, which borrow them while the tree is made
};

}  // namespace sojourn
