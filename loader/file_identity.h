// Reads a FileIdentity off what fstat said.
//
// Thread: any; a pure function.
#pragma once

#include <sys/stat.h>

#include "loader/artifact.h"

namespace sojourn {

inline FileIdentity identity_of(const struct stat& status) {
  FileIdentity identity;
  identity.device = status.st_dev;
  identity.inode = status.st_ino;
  identity.size = static_cast<std::uint64_t>(status.st_size);
  identity.changed_ns = std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
  return identity;
}

}  // namespace sojourn
