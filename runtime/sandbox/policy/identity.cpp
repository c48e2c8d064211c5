#include "runtime/sandbox/policy/identity.h"

#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace sojourn {
namespace {

bool write_file(const char* directory, const char* name, const char* text) {
  char path[64];
  std::snprintf(path, sizeof path, "%s/%s", directory, name);
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const auto size = static_cast<ssize_t>(std::strlen(text));
  const bool written = ::write(fd, text, static_cast<std::size_t>(size)) == size;
  ::close(fd);
  return written;
}

StepError write_maps(const char* directory, uid_t uid, gid_t gid) {
  char map[32];
  if (!write_file(directory, "setgroups", "deny")) return step_failed(Step::kMapUser);
  std::snprintf(map, sizeof map, "0 %u 1", uid);
  if (!write_file(directory, "uid_map", map)) return step_failed(Step::kMapUser);
  std::snprintf(map, sizeof map, "0 %u 1", gid);
  if (!write_file(directory, "gid_map", map)) return step_failed(Step::kMapUser);
  return {};
}

}  // namespace

StepError map_user(pid_t pid, uid_t uid, gid_t gid) {
  char directory[32];
  std::snprintf(directory, sizeof directory, "/proc/%d", pid);
  return write_maps(directory, uid, gid);
}

StepError map_own_user(uid_t uid, gid_t gid) {
  // The files under /proc/self belong to root while the process is not dumpable.
  const int dumpable = ::prctl(PR_GET_DUMPABLE);
  ::prctl(PR_SET_DUMPABLE, 1);
  const StepError result = write_maps("/proc/self", uid, gid);
  ::prctl(PR_SET_DUMPABLE, dumpable == 1 ? 1 : 0);
  return result;
}

StepError become_mapped_user() {
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) return step_failed(Step::kBecomeUser);
  return {};
}

}  // namespace sojourn
