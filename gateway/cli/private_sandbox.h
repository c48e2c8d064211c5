// A PrivateSandbox is what `sojourn run` uses in place of a server: a warden of its own and a store of its own in a
// temporary directory, both gone when it goes. The walls around the function are the server's.
//
// Thread: made while the process has one thread, since it forks.
// Owner:  the command.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "loader/artifact_store.h"
#include "runtime/base/log.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn::cli {

class PrivateSandbox {
 public:
  // Starts the warden. `allow_reduced` as in `serve`.
  static Result<std::unique_ptr<PrivateSandbox>> make(LogLevel log_level, bool allow_reduced);
  ~PrivateSandbox();  // waits for the warden, which ends with its link
  PrivateSandbox(const PrivateSandbox&) = delete;
  PrivateSandbox& operator=(const PrivateSandbox&) = delete;

  ArtifactStore& store() { return *store_; }
  UniqueFd take_link() { return std::move(link_); }  // the gateway's end, once

 private:
  PrivateSandbox() = default;
  Status start(LogLevel log_level, bool allow_reduced);

  std::filesystem::path directory_;
  std::unique_ptr<ArtifactStore> store_;
  UniqueFd link_;
  pid_t warden_ = -1;
};

}  // namespace sojourn::cli
