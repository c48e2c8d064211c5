#include "runtime/event/journal/ballast.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include "runtime/base/unique_fd.h"

namespace sojourn {

Ballast::Ballast(std::string path, std::uint64_t bytes) : path_(std::move(path)), bytes_(bytes) {
  struct stat facts {};
  is_there_ = ::stat(path_.c_str(), &facts) == 0 && static_cast<std::uint64_t>(facts.st_blocks) * 512 >= bytes_;
  if (!is_there_) (void)refill();
}

void Ballast::release() {
  ::unlink(path_.c_str());
  is_there_ = false;
}

bool Ballast::has_room() const {
  const std::string directory = path_.substr(0, path_.rfind('/') + 1);
  struct statvfs facts {};
  if (::statvfs(directory.empty() ? "." : directory.c_str(), &facts) != 0) return false;
  return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize >= 3 * bytes_;
}

bool Ballast::refill() {
  if (is_there_ || bytes_ == 0) return true;
  if (!has_room()) return false;
  const UniqueFd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  is_there_ = file && ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes_)) == 0;
  if (!is_there_) release();
  return is_there_;
}

}  // namespace sojourn
