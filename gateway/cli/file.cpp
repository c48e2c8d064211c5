#include "gateway/cli/file.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "loader/quantity.h"
#include "runtime/base/unique_fd.h"

namespace sojourn::cli {

Result<std::string> read_file(const std::filesystem::path& path) {
  const UniqueFd file(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_error(path.string(), errno);
  std::string content;
  std::array<char, 65536> piece{};
  for (;;) {
    const ssize_t length = ::read(file.get(), piece.data(), piece.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return system_error(path.string(), errno);
    if (length == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(length));
    if (content.size() > kObjectMax) {
      return Error(ErrorCode::kRefused, path.string() + ": larger than the limit of " + format_size(kObjectMax));
    }
  }
}

}  // namespace sojourn::cli
