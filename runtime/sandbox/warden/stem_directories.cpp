#include "runtime/sandbox/warden/stem_directories.h"

#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "runtime/sandbox/template/stem_report.h"

namespace sojourn {
namespace {

constexpr mode_t kSearchable = 0711;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

bool is_number(const char* name) {
  if (*name == '\0') return false;
  for (; *name != '\0'; ++name) {
    if (*name < '0' || *name > '9') return false;
  }
  return true;
}

std::string name_of(std::uint32_t slot) {
  return std::to_string(slot);
}

}  // namespace

Result<StemDirectories> StemDirectories::open(const std::string& path) {
  if (::mkdir(path.c_str(), kSearchable) != 0 && errno != EEXIST) return system_error("make " + path, errno);
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return system_error("open " + path, errno);
  return StemDirectories(std::move(root));
}

void StemDirectories::remove_leftovers(const std::function<void(int directory)>& unlink) {
  const std::unique_ptr<DIR, CloseDirectory> listing(::fdopendir(::dup(root_.get())));
  if (!listing) return;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing.get())) {
    if (is_number(entry->d_name)) names.emplace_back(entry->d_name);
  }
  for (const std::string& name : names) {
    const UniqueFd directory(::openat(root_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (directory) unlink(directory.get());
    remove_named(name.c_str());
  }
}

std::string StemDirectories::unique_name() const {
  struct stat status {};
  ::fstat(root_.get(), &status);
  char name[64];
  std::snprintf(name, sizeof name, "sojourn-%llx-%llx", static_cast<unsigned long long>(status.st_dev),
                static_cast<unsigned long long>(status.st_ino));
  return name;
}

StepError StemDirectories::make(std::uint32_t slot, UniqueFd* directory) {
  const std::string name = name_of(slot);
  remove_named(name.c_str());
  if (::mkdirat(root_.get(), name.c_str(), kSearchable) != 0) return step_failed(Step::kMakeStemDirectory);
  directory->reset(::openat(root_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  // Whatever the umask is: the template's own user searches this directory.
  if (!*directory || ::fchmod(directory->get(), kSearchable) != 0) return step_failed(Step::kMakeStemDirectory);
  return {};
}

void StemDirectories::remove(std::uint32_t slot) {
  remove_named(name_of(slot).c_str());
}

void StemDirectories::remove_named(const char* name) {
  for (std::uint32_t index = 0; index < kStemObjectsMax; ++index) {
    const std::string object = std::string(name) + "/" + stem_object_name(index);
    if (::unlinkat(root_.get(), object.c_str(), 0) != 0 && errno == ENOENT) break;
  }
  ::unlinkat(root_.get(), name, AT_REMOVEDIR);
}

}  // namespace sojourn
