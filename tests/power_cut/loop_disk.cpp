#include "tests/power_cut/loop_disk.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <thread>

namespace sojourn {
namespace {

constexpr off_t kDiskBytes = 256 << 20;
constexpr unsigned long kShutDown = 0x8004587d;  // EXT4_IOC_SHUTDOWN
constexpr std::uint32_t kWithoutFlushing = 2;    // EXT4_GOING_FLAGS_NOLOGFLUSH
constexpr int kTries = 50;

Status failed(const char* step) {
  return system_error(std::string("loop disk: ") + step, errno);
}

}  // namespace

Result<std::unique_ptr<LoopDisk>> LoopDisk::make() {
  if (::unshare(CLONE_NEWNS) != 0) return failed("a mount namespace of its own").error();
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("keep its mounts apart").error();
  std::unique_ptr<LoopDisk> disk(new LoopDisk);
  disk->mount_point_ = disk->directory_.path() + "/disk";
  if (::mkdir(disk->mount_point_.c_str(), 0700) != 0) return failed("make its directory").error();
  if (Status attached = disk->attach(); !attached) return attached.error();
  const std::string format = "mkfs.ext4 -q -F " + disk->device_ + " >/dev/null 2>&1";
  if (std::system(format.c_str()) != 0) return Error(ErrorCode::kNotAvailable, "loop disk: mkfs.ext4 failed");
  if (Status mounted = disk->mount(); !mounted) return mounted.error();
  return disk;
}

// Somebody else may take the free device first; then there is another one.
Status LoopDisk::attach() {
  const std::string image = directory_.path() + "/image";
  const UniqueFd file(::open(image.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file || ::ftruncate(file.get(), kDiskBytes) != 0) return failed("make its file");
  const UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return failed("/dev/loop-control");
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return failed("find a free loop device");
    device_ = "/dev/loop" + std::to_string(number);
    loop_.reset(::open(device_.c_str(), O_RDWR | O_CLOEXEC));
    if (!loop_) return failed("open the loop device");
    loop_config config{};
    config.fd = static_cast<std::uint32_t>(file.get());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (::ioctl(loop_.get(), LOOP_CONFIGURE, &config) == 0) return {};
    if (errno != EBUSY) return failed("give the loop device its file");
  }
  return failed("every free loop device was taken by somebody else");
}

LoopDisk::~LoopDisk() {
  if (is_mounted_) ::umount2(mount_point_.c_str(), MNT_DETACH);
}

Status LoopDisk::mount() {
  if (::mount(device_.c_str(), mount_point_.c_str(), "ext4", MS_NOATIME, nullptr) != 0) return failed("mount");
  is_mounted_ = true;
  return {};
}

Status LoopDisk::cut() {
  const UniqueFd root(::open(mount_point_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::uint32_t how = kWithoutFlushing;
  if (!root || ::ioctl(root.get(), kShutDown, &how) != 0) return failed("cut the power");
  return {};
}

Status LoopDisk::unmount() {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (::umount2(mount_point_.c_str(), 0) == 0) {
      is_mounted_ = false;
      return {};
    }
    if (errno != EBUSY) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return failed("unmount");
}

}  // namespace sojourn
