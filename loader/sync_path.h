// Waits until a file, or the entries of a directory, are on disk.
//
// Thread: any. Blocks for the disk.
// Errors: kStoreUnavailable with the path.
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

inline Status sync_path(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return system_error("sync " + path, errno, ErrorCode::kStoreUnavailable);
  return {};
}

}  // namespace sojourn
