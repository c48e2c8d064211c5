#include "runtime/sandbox/template/item_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace sojourn {
namespace {

void name_for(pid_t process, char* path, std::size_t size) {
  std::snprintf(path, size, "/tmp/item-%d", static_cast<int>(process));
}

// 0, or errno.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

bool is_no_room(int fault) {
  return fault == ENOSPC || fault == EDQUOT || fault == EFBIG;
}

}  // namespace

int ItemFile::make(std::string_view body, sj_bytes* path) noexcept {
  if (!made_) {
    name_for(::getpid(), path_, sizeof path_);
    constexpr mode_t kReadOnly = 0400;
    const int fd = ::open(path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kReadOnly);
    if (fd < 0) return is_no_room(errno) ? SJ_ELIMIT : SJ_EUNAVAILABLE;
    const int fault = write_all(fd, body);
    ::close(fd);
    if (fault != 0) {
      unlink_it();
      return is_no_room(fault) ? SJ_ELIMIT : SJ_EUNAVAILABLE;
    }
    made_ = true;
  }
  *path = {path_, std::strlen(path_)};
  return SJ_OK;
}

void ItemFile::unlink_it() noexcept {
  ::unlink(path_);
  made_ = false;
}

void ItemFile::remove_left(pid_t process) noexcept {
  char path[32];
  name_for(process, path, sizeof path);
  ::unlink(path);
}

}  // namespace sojourn
