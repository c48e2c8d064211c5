// Tells when something in a directory may have changed: a file came, went, was renamed or written. It may tell more
// than once of one change, and where the file system has no such news (a network, a FUSE mount) or too many come at
// once it tells nothing: who needs to know everything looks by itself from time to time.
//
// Thread: its loop.
// Owner:  who watches. Dropping it, also from inside `on_change`, ends the watch.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/loop/loop.h"

namespace sojourn {

class DirectoryWatch {
 public:
  // Error: the directory cannot be watched, or the system's limit of watches is reached (fs.inotify.max_user_watches).
  static Result<std::unique_ptr<DirectoryWatch>> begin(Loop& loop, const std::string& directory,
                                                       std::function<void()> on_change);
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

 private:
  struct Handle;
  explicit DirectoryWatch(Handle* handle) : handle_(handle) {}

  Handle* handle_;
};

}  // namespace sojourn
