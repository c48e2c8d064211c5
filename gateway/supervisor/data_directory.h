// The data directory: everything a server keeps. One server at a time has it, which a lock file says.
//
//   lock          flock held while a server runs; its text is the supervisor's pid
//   server.json   {url, pid, version} while the server runs, for the command line
//   admin.token   the first token, 0600
//   artifacts/    stored objects, by digest           (owner: the gateway)
//   stems/        one directory per sandbox           (owner: the warden)
//
// Started as root, the directory belongs to the gateway's user and only stems/ to root, so that the gateway can write
// nothing that a sandbox mounts.
//
// Thread: one.
// Owner:  the supervisor. Dropping it releases the lock; the gateway inherits a copy of the lock's descriptor, so that
//         the directory is free only when nobody writes to it any more.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/supervisor/child_process.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

// What server.json tells.
struct ServerFacts {
  std::string url;
  pid_t pid = 0;
  std::string version;
};

class DataDirectory {
 public:
  // Makes the directory (0700) and its parents when they are missing, and takes the lock. Refuses a symbolic link, a
  // directory of another user, one that is full of other things, one that the owner cannot reach or that no code can be
  // loaded from, and one that a running server has (naming its pid).
  static Result<DataDirectory> open(const std::filesystem::path& path, const std::optional<Identity>& owner);

  const std::filesystem::path& path() const { return path_; }
  int lock() const { return lock_.get(); }

  Status publish(const ServerFacts& facts) const;  // writes server.json, whole or not at all
  void withdraw() const;                           // removes it

 private:
  DataDirectory(std::filesystem::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  UniqueFd lock_;
};

// Where data lies unless told otherwise: /var/lib/sojourn as root, else $XDG_DATA_HOME/sojourn or
// ~/.local/share/sojourn.
std::filesystem::path default_data_directory();

// What server.json in `path` says, or nothing when there is none.
std::optional<ServerFacts> running_server(const std::filesystem::path& path);

}  // namespace sojourn
