#include "runtime/event/sources/file_scan.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include "runtime/base/utf8.h"

namespace sojourn {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Error not_available(const std::string& directory, int error_number) {
  return system_error(directory, error_number, ErrorCode::kNotAvailable);
}

FileFacts facts_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino), status.st_size,
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

bool is_plain(const std::string& name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return is_utf8(name) && std::none_of(name.begin(), name.end(), is_control);
}

// What `fd` is now, or nothing when it is no regular file.
std::optional<FileFacts> facts_now(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return facts_of(status);
}

Result<std::string> read_all(int fd, std::int64_t size) {
  std::string content(static_cast<std::size_t>(size), '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t count = ::read(fd, content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read", errno, ErrorCode::kNotAvailable);
    if (count == 0) break;  // shorter than it was: its facts say so
    filled += static_cast<std::size_t>(count);
  }
  content.resize(filled);
  return content;
}

}  // namespace

std::string FileFacts::id() const {
  return std::to_string(device) + "-" + std::to_string(inode) + "-" + std::to_string(changed_ns) + "-" +
         std::to_string(size);
}

Result<UniqueFd> FileScan::open() const {
  if (!directory_.starts_with('/')) {
    return Error(ErrorCode::kNotAvailable, directory_ + ": is not an absolute path");
  }
  UniqueFd fd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return not_available(directory_, errno);
  // Where the descriptor really is: no link and no `..` hides it.
  char path[PATH_MAX];
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), path, sizeof path);
  if (size <= 0) return not_available(directory_, errno);
  if (Status permitted = judge({path, static_cast<std::size_t>(size)}); !permitted.ok()) return permitted.error();
  return fd;
}

Status FileScan::judge(const std::string& real) const {
  for (const std::string& root : bounds_->closed) {
    if (!is_below(real, root)) continue;
    return Error(ErrorCode::kNotAvailable, directory_ + ": no files are taken from below " + root);
  }
  if (bounds_->roots.hold(real)) return {};
  return Error(ErrorCode::kNotAvailable, directory_ + ": is really " + real + "; " + bounds_->roots.refusal());
}

Result<std::vector<FoundFile>> FileScan::list() const {
  auto fd = open();
  if (!fd.ok()) return fd.error();
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(fd->get()));
  if (!directory) return not_available(directory_, errno);
  const int at = fd->release();  // closed with the directory
  std::vector<FoundFile> files;
  errno = 0;
  while (const dirent* const entry = ::readdir(directory.get())) {
    FoundFile file{entry->d_name, {}};
    if (::fnmatch(glob_.c_str(), entry->d_name, FNM_PERIOD) != 0 || !is_plain(file.name)) continue;
    struct stat status {};
    if (::fstatat(at, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) continue;
    file.facts = facts_of(status);
    files.push_back(std::move(file));
    if (files.size() == kFilesMax) break;
    errno = 0;
  }
  std::sort(files.begin(), files.end(), [](const FoundFile& a, const FoundFile& b) { return a.name < b.name; });
  return files;
}

Result<FileScan::Read> FileScan::read(const FoundFile& file, std::int64_t most) const {
  auto directory = open();
  if (!directory.ok()) return directory.error();
  const UniqueFd fd(
      ::openat(directory->get(), file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ELOOP || errno == ENXIO)) return Read(Gone{});
  if (!fd) return not_available(directory_ + "/" + file.name, errno);
  const auto before = facts_now(fd.get());
  if (!before) return Read(Gone{});
  if (*before != file.facts) return Read(*before);
  if (before->size > most) return Read(Content{*before, std::nullopt});
  auto content = read_all(fd.get(), before->size);
  if (!content.ok()) return content.error().at(directory_ + "/" + file.name);
  const auto after = facts_now(fd.get());
  if (!after) return Read(Gone{});
  if (*after != *before) return Read(*after);
  return Read(Content{*after, std::move(*content)});
}

}  // namespace sojourn
