#include "runtime/base/durable_file.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/unique_fd.h"

namespace sojourn {
namespace {

Error failed(std::string_view step, const std::string& path) {
  return system_error(path + ": " + std::string(step), errno, ErrorCode::kStoreUnavailable);
}

Status write_all(int descriptor, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_new(const std::string& path, std::string_view content, mode_t mode) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return failed("create", path);
  if (::fchmod(file.get(), mode) != 0) return failed("set its mode", path);
  if (Status written = write_all(file.get(), content, path); !written.ok()) return written;
  if (::fsync(file.get()) != 0) return failed("sync", path);
  return {};
}

}  // namespace

Status replace_file(const std::string& path, std::string_view content, mode_t mode) {
  const std::string beside = path + ".new";
  if (Status written = write_new(beside, content, mode); !written.ok()) {
    ::unlink(beside.c_str());
    return written;
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return failed("rename into place", path);
  const std::string directory = path.substr(0, path.find_last_of('/') + 1);
  const UniqueFd parent(::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || ::fsync(parent.get()) != 0) return failed("sync its directory", path);
  return {};
}

Result<FileContent> read_file(const std::string& path, std::size_t size_max) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return FileContent{{}, true};
  if (!file) return failed("open", path);
  FileContent content;
  std::array<char, 16384> piece{};
  for (;;) {
    const ssize_t size = ::read(file.get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("read", path);
    if (size == 0) return content;
    content.text.append(piece.data(), static_cast<std::size_t>(size));
    if (content.text.size() > size_max) {
      return Error(ErrorCode::kStoreUnavailable, path + ": is longer than " + std::to_string(size_max) + " bytes");
    }
  }
}

}  // namespace sojourn
