#include "runtime/sandbox/warden/stem_directories.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

constexpr char kDoorDirectory[] = "connect";
constexpr int kDoorBacklog = 64;       // connections that nobody has accepted yet
constexpr mode_t kConnectable = 0666;  // to whoever finds it: only its own template does

bool is_door_name(const char* name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  const std::size_t size = ::strnlen(name, kDoorNameMax + 1);
  return size > 0 && size <= kDoorNameMax && std::all_of(name, name + size, allowed);
}

// By a path from the current directory, since a socket's address has room for no long one.
UniqueFd make_door(const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", kDoorDirectory, name);
  UniqueFd door(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool made = door && ::bind(door.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    ::chmod(address.sun_path, kConnectable) == 0 && ::listen(door.get(), kDoorBacklog) == 0;
  if (!made) door.reset();
  return door;
}

// Everything in `path` below `root`, and itself; nothing happens when it is not there.
void remove_doors(int root, const std::string& path) {
  UniqueFd directory(::openat(root, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return;
  const std::unique_ptr<DIR, CloseDirectory> listing(::fdopendir(directory.get()));
  if (!listing) return;
  const int opened = directory.release();
  while (const dirent* entry = ::readdir(listing.get())) ::unlinkat(opened, entry->d_name, 0);
  ::unlinkat(root, path.c_str(), AT_REMOVEDIR);
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

StepError StemDirectories::make_doors(int directory, const AdoptDoorsRequest& request, std::vector<UniqueFd>* doors) {
  doors->clear();
  if (request.count == 0) return {};
  if (::fchdir(directory) != 0 || ::mkdir(kDoorDirectory, kSearchable) != 0 ||
      ::chmod(kDoorDirectory, kSearchable) != 0)
    return step_failed(Step::kMakeDoors);
  doors->push_back(make_door(kAskDoor));
  for (std::uint32_t index = 0; index < request.count && doors->back(); ++index) {
    const char* const name = request.names[index].data();
    if (!is_door_name(name)) return {Step::kMakeDoors, EINVAL};
    doors->push_back(make_door(name));
  }
  return doors->back() ? StepError{} : step_failed(Step::kMakeDoors);
}

void StemDirectories::remove(std::uint32_t slot) {
  remove_named(name_of(slot).c_str());
}

void StemDirectories::remove_named(const char* name) {
  for (std::uint32_t index = 0; index < kStemObjectsMax; ++index) {
    const std::string object = std::string(name) + "/" + stem_object_name(index);
    if (::unlinkat(root_.get(), object.c_str(), 0) != 0 && errno == ENOENT) break;
  }
  remove_doors(root_.get(), std::string(name) + "/" + kDoorDirectory);
  ::unlinkat(root_.get(), name, AT_REMOVEDIR);
}

}  // namespace sojourn
