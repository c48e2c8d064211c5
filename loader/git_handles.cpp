#include "loader/git_handles.h"

#include <array>

namespace sojourn {

Error git_failure(std::string_view what, int code) {
  const git_error* last = ::git_error_last();
  std::string text(what);
  text += ": ";
  text += last == nullptr || last->message == nullptr ? "git error " + std::to_string(code) : last->message;
  const bool system = last != nullptr && (last->klass == GIT_ERROR_OS || last->klass == GIT_ERROR_FILESYSTEM);
  const ErrorCode kind = code == GIT_EMODIFIED ? ErrorCode::kConflict
                         : system              ? ErrorCode::kStoreUnavailable
                                               : ErrorCode::kInternal;
  return Error(kind, std::move(text));
}

std::string hex_of(const git_oid& id) {
  std::array<char, GIT_OID_HEXSZ + 1> text{};
  ::git_oid_tostr(text.data(), text.size(), &id);
  return text.data();
}

GitLibrary::GitLibrary() {
  if (::git_libgit2_init() != 1) return;
  ::git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
  // The data directory's owner is checked by whoever locks it; under a gateway with a uid of its own it differs.
  ::git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  for (int level :
       {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    ::git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
}

GitLibrary::~GitLibrary() {
  ::git_libgit2_shutdown();
}

}  // namespace sojourn
