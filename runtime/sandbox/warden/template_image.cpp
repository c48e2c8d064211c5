#include "runtime/sandbox/warden/template_image.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" const char sojourn_template_image_begin[];
extern "C" const char sojourn_template_image_end[];

namespace sojourn {
namespace {

constexpr unsigned int kExecutable = 0x10;  // MFD_EXEC, from Linux 6.3 on; asked for where the host demands a choice

UniqueFd make_memory_file() {
  UniqueFd file(::memfd_create("sojourn-template", MFD_CLOEXEC | MFD_ALLOW_SEALING | kExecutable));
  if (!file) file.reset(::memfd_create("sojourn-template", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  return file;
}

}  // namespace

Result<UniqueFd> make_template_image() {
  UniqueFd file = make_memory_file();
  if (!file) return system_error("template image: memfd_create", errno);
  const char* next = sojourn_template_image_begin;
  while (next != sojourn_template_image_end) {
    const ssize_t count = ::write(file.get(), next, static_cast<std::size_t>(sojourn_template_image_end - next));
    if (count <= 0) return system_error("template image: write", errno);
    next += count;
  }
  if (::fchmod(file.get(), 0555) != 0) return system_error("template image: chmod", errno);
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return system_error("template image: seal", errno);
  return file;
}

}  // namespace sojourn
