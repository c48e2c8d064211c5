// HostLibraries answers which shared libraries a sandbox on this host sees, and which symbol versions they define.
// A sandbox has the system's library directories, read-only, and no cache or search path of its own.
//
// Thread:    any; a mutex guards the memory of what was read.
// Ownership: what find() returns is shared and immutable. A library is read again after it changed on disk, so that
//            an upgrade of the system is seen without a restart.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "loader/artifact.h"

namespace sojourn {

class HostLibraries {
 public:
  struct Library {
    std::string path;
    std::vector<std::string> versions;  // that it defines, in the file's order
  };

  HostLibraries();  // the system's directories that exist
  explicit HostLibraries(std::vector<std::string> directories);

  // The library of that name in the first directory that has one for this machine, or null.
  std::shared_ptr<const Library> find(std::string_view name) const;
  const std::vector<std::string>& directories() const { return directories_; }
  // Whether `path` is one of the directories or lies below one, without a step upwards.
  bool shows(std::string_view path) const;

 private:
  struct Known {
    FileIdentity identity;
    std::shared_ptr<const Library> library;  // null: not for this machine
  };
  std::shared_ptr<const Library> find_at(const std::string& path) const;

  std::vector<std::string> directories_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Known> known_;  // by path; bounded by kKnownMax
};

}  // namespace sojourn
