#include "loader/host_libraries.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "loader/elf_image.h"
#include "loader/file_identity.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {
namespace {

constexpr std::size_t kKnownMax = 4096;

// In the order in which the dynamic loader of Debian looks, then where other distributions keep them.
constexpr const char* kSystemDirectories[] = {
#if defined(__x86_64__)
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
#else
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
#endif
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib"};

bool is_directory(const char* path) {
  struct stat status {};
  return ::stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// The file's bytes for as long as the object lives.
class MappedFile {
 public:
  MappedFile(int fd, std::size_t size)
      : size_(size), start_(size == 0 ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0)) {}
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    if (start_ != MAP_FAILED) ::munmap(start_, size_);
  }
  std::string_view bytes() const {
    if (start_ == MAP_FAILED) return {};
    return {static_cast<const char*>(start_), size_};
  }

 private:
  std::size_t size_;
  void* start_;
};

std::shared_ptr<const HostLibraries::Library> read_library(int fd, std::size_t size, const std::string& path) {
  const MappedFile file(fd, size);
  const auto image = ElfImage::parse(file.bytes());
  if (!image || image->header().e_type != ET_DYN) return nullptr;
  auto library = std::make_shared<HostLibraries::Library>();
  library->path = path;
  for (std::string_view version : image->defined_versions()) library->versions.emplace_back(version);
  return library;
}

}  // namespace

HostLibraries::HostLibraries() {
  for (const char* directory : kSystemDirectories) {
    if (is_directory(directory)) directories_.emplace_back(directory);
  }
}

HostLibraries::HostLibraries(std::vector<std::string> directories) : directories_(std::move(directories)) {}

bool HostLibraries::shows(std::string_view path) const {
  const std::string with_end = std::string(path) + "/";
  if (with_end.find("/../") != std::string::npos) return false;
  return std::any_of(directories_.begin(), directories_.end(),
                     [&](const std::string& directory) { return with_end.starts_with(directory + "/"); });
}

std::shared_ptr<const HostLibraries::Library> HostLibraries::find(std::string_view name) const {
  if (name.empty() || name.size() > 255 || name.find('/') != std::string_view::npos) return nullptr;
  for (const std::string& directory : directories_) {
    if (auto library = find_at(directory + "/" + std::string(name))) return library;
  }
  return nullptr;
}

std::shared_ptr<const HostLibraries::Library> HostLibraries::find_at(const std::string& path) const {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  const FileIdentity identity = identity_of(status);
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(path);
  if (known != known_.end() && known->second.identity == identity) return known->second.library;
  auto library = read_library(fd.get(), static_cast<std::size_t>(status.st_size), path);
  if (known_.size() >= kKnownMax) known_.clear();
  known_.insert_or_assign(path, Known{identity, library});
  return library;
}

}  // namespace sojourn
