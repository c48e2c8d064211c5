// A LoopDisk is an ext4 file system in a file, mounted from a loop device, whose power can be cut: what was not synced
// is gone, as on a machine that lost its power. Mounts stand in a mount namespace of the calling process's own.
//
// Thread: one. REQUIRES: root, loop devices and mkfs.ext4; make() says what is missing.
#pragma once

#include <memory>
#include <string>

#include "loader/temporary_directory.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

class LoopDisk {
 public:
  static Result<std::unique_ptr<LoopDisk>> make();
  ~LoopDisk();

  const std::string& path() const { return mount_point_; }
  Status mount();
  // Nothing that is not on the disk gets there any more; every process that uses it gets errors.
  Status cut();
  // REQUIRES: no process has a file of it open.
  Status unmount();

 private:
  LoopDisk() = default;
  Status attach();

  TemporaryDirectory directory_;
  std::string mount_point_;
  std::string device_;
  UniqueFd loop_;
  bool is_mounted_ = false;
};

}  // namespace sojourn
