// Owning handles for what libgit2 hands out, and its errors as ours. Included by the repository's own files only.
//
// Thread: a handle belongs to one thread.
#pragma once

#include <git2.h>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

template <auto free_function>
struct GitFree {
  template <class T>
  void operator()(T* handle) const {
    free_function(handle);
  }
};
using GitRepository = std::unique_ptr<git_repository, GitFree<::git_repository_free>>;
using GitOdb = std::unique_ptr<git_odb, GitFree<::git_odb_free>>;
using GitOdbObject = std::unique_ptr<git_odb_object, GitFree<::git_odb_object_free>>;
using GitTree = std::unique_ptr<git_tree, GitFree<::git_tree_free>>;
using GitCommit = std::unique_ptr<git_commit, GitFree<::git_commit_free>>;
using GitBlob = std::unique_ptr<git_blob, GitFree<::git_blob_free>>;
using GitReference = std::unique_ptr<git_reference, GitFree<::git_reference_free>>;
using GitSignature = std::unique_ptr<git_signature, GitFree<::git_signature_free>>;
using GitIndexer = std::unique_ptr<git_indexer, GitFree<::git_indexer_free>>;
using GitPackBuilder = std::unique_ptr<git_packbuilder, GitFree<::git_packbuilder_free>>;

// What libgit2 last complained about on this thread. kStoreUnavailable when the system call failed, kConflict for
// GIT_EMODIFIED, else kInternal.
Error git_failure(std::string_view what, int code);

std::string hex_of(const git_oid& id);

// libgit2, initialised for as long as one of these lives, with no configuration from outside the repository. It does
// not sync what it writes: the commit journal makes a commit durable, and git's files are synced before it is emptied.
class GitLibrary {
 public:
  GitLibrary();
  GitLibrary(const GitLibrary&) = delete;
  GitLibrary& operator=(const GitLibrary&) = delete;
  ~GitLibrary();
};

}  // namespace sojourn
