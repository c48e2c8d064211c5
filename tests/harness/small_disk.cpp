#include "tests/harness/small_disk.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace sojourn::test {

SmallDisk::SmallDisk(const std::string& size) {
  const std::string options = "size=" + size + ",mode=0711";
  mounted_ = ::mount("sojourn-test", directory_.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
  const int fd = ::open((path() / "ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string block(4096, 'x');
  while (::write(fd, block.data(), block.size()) > 0) {
  }
  ::close(fd);
}

void SmallDisk::free() const {
  std::filesystem::remove(path() / "ballast");
}

}  // namespace sojourn::test
