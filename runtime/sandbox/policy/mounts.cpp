#include "runtime/sandbox/policy/mounts.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/sandbox/policy/wall_switch.h"

namespace sojourn {
namespace {

constexpr std::uint64_t kSealed = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

int set_attributes(int mount_fd, unsigned int flags, std::uint64_t attributes) {
  mount_attr wanted{};
  wanted.attr_set = attributes;
  return ::mount_setattr(mount_fd, "", AT_EMPTY_PATH | flags, &wanted, sizeof wanted);
}

// A tmpfs that is nowhere yet. The option lists end with nullptr.
int make_tmpfs(const char* size, const char* files, const char* mode, unsigned int attributes) {
  const int context = ::fsopen("tmpfs", FSOPEN_CLOEXEC);
  if (context < 0) return -1;
  const bool made = ::fsconfig(context, FSCONFIG_SET_STRING, "size", size, 0) == 0 &&
                    ::fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", files, 0) == 0 &&
                    ::fsconfig(context, FSCONFIG_SET_STRING, "mode", mode, 0) == 0 &&
                    ::fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0;
  const int mounted = made ? ::fsmount(context, FSMOUNT_CLOEXEC, attributes) : -1;
  const int error = errno;
  ::close(context);
  errno = error;
  return mounted;
}

// A copy of the tree below `path`, read-only, that is nowhere yet.
int copy_sealed(int directory, const char* path, unsigned int flags) {
  const int tree = ::open_tree(directory, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT | flags);
  if (tree < 0) return -1;
  if (set_attributes(tree, flags & AT_RECURSIVE, kSealed) == 0) return tree;
  const int error = errno;
  ::close(tree);
  errno = error;
  return -1;
}

bool attach(int mount_fd, int directory, const char* path) {
  const bool done = ::move_mount(mount_fd, "", directory, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;
  const int error = errno;
  ::close(mount_fd);
  errno = error;
  return done;
}

// One of the host's library directories below `root`: as the symbolic link it is on the host, or as a sealed copy.
bool show_library_directory(int root, const char* path) {
  char target[128];
  struct stat status {};
  if (::lstat(path, &status) != 0) return errno == ENOENT;
  if (S_ISLNK(status.st_mode)) {
    const ssize_t length = ::readlink(path, target, sizeof target - 1);
    if (length < 0) return false;
    target[length] = '\0';
    return ::symlinkat(target, root, path + 1) == 0;
  }
  if (!S_ISDIR(status.st_mode)) return true;
  if (::mkdirat(root, path + 1, 0755) != 0) return false;
  const int tree = copy_sealed(AT_FDCWD, path, AT_RECURSIVE);
  return tree >= 0 && attach(tree, root, path + 1);
}

StepError fill_root(int root, int stem_tree, int* tmp_context) {
  if (::mkdirat(root, "usr", 0755) != 0) return step_failed(Step::kMountRoot);
  for (const char* path : kLibraryDirectories) {
    if (!show_library_directory(root, path)) return step_failed(Step::kMountLibraries);
  }
  if (::mkdirat(root, "fn", 0755) != 0 || !attach(stem_tree, root, "fn"))
    return step_failed(Step::kMountFunctionDirectory);

  const int tmp =
      make_tmpfs(kTmpSizeDefault, kTmpFilesMax, "1777", MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (tmp < 0 || ::mkdirat(root, "tmp", 0755) != 0) return step_failed(Step::kMountTmp);
  *tmp_context = ::fspick(tmp, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
  if (!attach(tmp, root, "tmp")) return step_failed(Step::kMountTmp);
  return {};
}

// Both names are the same directory: the old root ends up on top of the new one, and is taken off again.
bool replace_root() {
  return ::syscall(SYS_pivot_root, ".", ".") == 0 && ::umount2(".", MNT_DETACH) == 0;
}

// The same without its point, for a build that leaves this wall out: the host's root stays in view as /old.
bool keep_old_root(int root) {
  return ::mkdirat(root, "old", 0755) == 0 && ::syscall(SYS_pivot_root, ".", "old") == 0;
}

StepError pivot_into(int root) {
  if (::fchdir(root) != 0) return step_failed(Step::kPivotRoot);
  const bool replaced = stands(TestedWall::kOldRoot) ? replace_root() : keep_old_root(root);
  if (!replaced || ::chdir("/") != 0) return step_failed(Step::kPivotRoot);
  if (set_attributes(root, 0, kSealed) != 0) return step_failed(Step::kRootReadOnly);
  return {};
}

}  // namespace

StepError enter_minimal_root(int* tmp_context) {
  *tmp_context = -1;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return step_failed(Step::kPrivateMounts);
  const int stem_tree = copy_sealed(AT_FDCWD, "", AT_EMPTY_PATH);
  if (stem_tree < 0) return step_failed(Step::kMountFunctionDirectory);
  const int root = make_tmpfs("64k", "64", "0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (root < 0) return step_failed(Step::kMountRoot);
  // The stem's directory is the one place of the host that surely may be covered: nobody looks at it from in here.
  if (::move_mount(root, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH) != 0) return step_failed(Step::kMountRoot);
  StepError result = fill_root(root, stem_tree, tmp_context);
  if (result.ok()) result = pivot_into(root);
  ::close(root);
  return result;
}

bool resize_tmp(int tmp_context, unsigned long long bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%llu", bytes);
  return ::fsconfig(tmp_context, FSCONFIG_SET_STRING, "size", size, 0) == 0 &&
         ::fsconfig(tmp_context, FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0) == 0;
}

}  // namespace sojourn
