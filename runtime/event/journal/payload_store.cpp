#include "runtime/event/journal/payload_store.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "runtime/base/durable_file.h"
#include "runtime/base/unique_fd.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

constexpr int kFolders = 256;

Error failed(std::string_view step, const std::string& path) {
  return system_error(path + ": " + std::string(step), errno, ErrorCode::kStoreUnavailable);
}

Status sync_directory(const std::string& path) {
  const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return failed("sync it", path);
  return {};
}

// The names in a directory, but its own and its parent's; none when it is not there.
Result<std::vector<std::string>> names_in(const std::string& path) {
  std::vector<std::string> names;
  DIR* const directory = ::opendir(path.c_str());
  if (directory == nullptr && errno == ENOENT) return names;
  if (directory == nullptr) return failed("list it", path);
  while (const dirent* const entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(directory);
  return names;
}

std::string folder_name(int folder) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[static_cast<std::size_t>(folder) / 16], kDigits[static_cast<std::size_t>(folder) % 16]};
}

}  // namespace

Result<PayloadStore> PayloadStore::open(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return failed("make it", directory);
  return PayloadStore(directory);
}

Status PayloadStore::make_folder(const std::string& hex) const {
  const std::string folder = folder_of(hex);
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_directory(directory_);
  return errno == EEXIST ? Status() : Status(failed("make it", folder));
}

Result<Digest> PayloadStore::put(std::string_view bytes) {
  const Digest digest = Sha256::of(bytes);
  const std::string hex = digest.hex();
  const std::string path = path_of(hex);
  const std::lock_guard lock(*one_puts_);
  struct stat facts {};
  const bool is_there = ::stat(path.c_str(), &facts) == 0 && static_cast<std::size_t>(facts.st_size) == bytes.size();
  if (is_there && ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0) return digest;
  if (Status made = make_folder(hex); !made) return made.error();
  if (Status written = replace_file(path, bytes, 0600); !written) return written.error();
  return digest;
}

Result<std::string> PayloadStore::get(const Digest& digest) const {
  const std::string path = path_of(digest.hex());
  auto content = read_file(path, std::numeric_limits<std::size_t>::max());
  if (!content) return content.error();
  if (content->missing) return Error(ErrorCode::kInternal, path + ": this payload of an event is not there");
  if (Sha256::of(content->text) != digest) {
    return Error(ErrorCode::kInternal,
                 path +
                     ": this payload of an event is not what its name says: the file was damaged; restore it from a "
                     "backup");
  }
  return std::move(content->text);
}

Result<PayloadStore::Swept> PayloadStore::sweep(const std::function<Result<bool>(const Digest&)>& is_used,
                                                std::size_t most, std::chrono::seconds age) {
  Swept swept;
  for (std::size_t looked = 0; looked < most && next_folder_ < kFolders; ++next_folder_) {
    const std::string folder = directory_ + "/" + folder_name(next_folder_);
    if (Status done = sweep_folder(folder, is_used, age, looked, swept); !done) return done.error();
  }
  if (next_folder_ < kFolders) return swept;
  swept.is_through = true;
  swept.bytes = std::exchange(kept_, 0);
  next_folder_ = 0;
  return swept;
}

Status PayloadStore::sweep_folder(const std::string& folder, const std::function<Result<bool>(const Digest&)>& is_used,
                                  std::chrono::seconds age, std::size_t& looked, Swept& swept) {
  auto names = names_in(folder);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    ++looked;
    const auto digest = Digest::from_hex(name);  // nothing: a file that a crash left half-written
    auto used = digest ? is_used(*digest) : Result<bool>(false);
    if (!used) return used.error();
    // The age is looked at last: a put() makes it young before it counts on the file.
    const std::lock_guard lock(*one_puts_);
    const std::string path = folder + "/" + name;
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) continue;
    const auto written = std::chrono::system_clock::from_time_t(facts.st_mtime);
    if (!*used && written + age <= std::chrono::system_clock::now()) {
      if (::unlink(path.c_str()) == 0) ++swept.removed;
    } else {
      kept_ += static_cast<std::uint64_t>(facts.st_size);
    }
  }
  return {};
}

}  // namespace sojourn
