#include "gateway/supervisor/data_directory.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <thread>
#include <unistd.h>

namespace sojourn {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLockPatience{3000};  // for the processes of a server that was just killed

Error directory_error(const fs::path& path, std::string_view why) {
  return Error(ErrorCode::kInternal, "data directory " + path.string() + ": " + std::string(why));
}

Error directory_errno(const fs::path& path, std::string_view what) {
  return system_error("data directory " + path.string() + ": " + std::string(what), errno);
}

// Opens the directory itself: a link in its place, which somebody else may have put there, is not followed.
Result<UniqueFd> open_directory(const fs::path& path) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return directory_errno(path, "cannot make it");
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return directory_errno(path, "cannot open it, which must be a directory and no link");
  return directory;
}

// A wrong --data must not hand somebody's home to the gateway's user.
Status check_is_ours(const fs::path& path, const struct stat& facts, const std::optional<Identity>& owner) {
  const bool known = facts.st_uid == ::geteuid() || (owner && facts.st_uid == owner->uid);
  if (!known)
    return directory_error(path, "belongs to user " + std::to_string(facts.st_uid) + "; choose another --data");
  std::error_code error;
  const bool empty = fs::is_empty(path, error);
  if (error) return directory_error(path, error.message());
  if (!empty && !fs::exists(fs::symlink_status(path / "lock", error))) {
    return directory_error(path, "is not empty and holds no Sojourn data; choose another --data");
  }
  return {};
}

Status give_to(const fs::path& path, int directory, uid_t uid, gid_t gid) {
  struct stat facts {};
  if (::fstat(directory, &facts) != 0) return directory_errno(path, "stat");
  if (facts.st_uid == uid && facts.st_gid == gid) return {};
  // It was last used by another kind of server, or came out of a backup: the gateway must own what it writes.
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(path, error); !error && at != fs::end(at); at.increment(error)) {
    if (at->path().filename() == "stems" && at.depth() == 0) {
      at.disable_recursion_pending();
    } else if (::lchown(at->path().c_str(), uid, gid) != 0) {
      return directory_errno(path, "chown " + at->path().filename().string());
    }
  }
  if (::fchown(directory, uid, gid) != 0) return directory_errno(path, "chown");
  return {};
}

Status make_inside(const fs::path& path, int directory, const char* name, mode_t mode, uid_t uid, gid_t gid) {
  if (::mkdirat(directory, name, mode) != 0 && errno != EEXIST) return directory_errno(path, name);
  const UniqueFd made(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made || ::fchown(made.get(), uid, gid) != 0 || ::fchmod(made.get(), mode) != 0) {
    return directory_errno(path, name);
  }
  return {};
}

// The gateway's user must get there, through directories that may be closed to it. Looked at with that user's eyes: a
// file system uid other than root's takes the capabilities that would see more.
Status check_reachable(const fs::path& path, const std::optional<Identity>& owner) {
  if (!owner) return {};
  ::setfsgid(owner->gid);
  ::setfsuid(owner->uid);
  const UniqueFd seen(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ::setfsuid(::geteuid());
  ::setfsgid(::getegid());
  if (seen) return {};
  return directory_error(path, "user " + std::to_string(owner->uid) +
                                   ", whom the gateway runs as, cannot reach it, since a directory above it is closed "
                                   "to others; choose another --data");
}

// Functions are mapped from there.
Status check_executable(const fs::path& path) {
  struct statvfs facts {};
  if (::statvfs(path.c_str(), &facts) != 0) return directory_errno(path, "statvfs");
  if ((facts.f_flag & ST_NOEXEC) == 0) return {};
  return directory_error(path,
                         "lies on a file system mounted noexec, from which no function can be loaded; choose "
                         "another --data");
}

// The pid that the lock file names, or 0.
pid_t holder(int lock) {
  char text[16] = "";
  const ssize_t length = ::pread(lock, text, sizeof text, 0);
  pid_t pid = 0;
  if (length > 0) std::from_chars(text, text + length, pid);
  return pid;
}

// Waits only when the lock's holder is dead: then it is its last child that still has it, and that is being killed.
Status take_lock(const fs::path& path, int lock) {
  const auto end = std::chrono::steady_clock::now() + kLockPatience;
  while (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return directory_errno(path, "lock");
    const pid_t pid = holder(lock);
    const bool alive = pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
    if (alive || std::chrono::steady_clock::now() > end) {
      return directory_error(path, "a server is running on it, process " + std::to_string(pid) +
                                       "; stop that one, or choose another --data");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, text.data(), text.size(), 0) < 0) {
    return directory_errno(path, "write the lock");
  }
  return {};
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const fs::path& given, const std::optional<Identity>& owner) {
  const fs::path path = fs::absolute(given).lexically_normal();
  Result<UniqueFd> directory = open_directory(path);
  if (!directory) return directory.error();
  struct stat facts {};
  if (::fstat(directory->get(), &facts) != 0) return directory_errno(path, "stat");
  if (const Status ours = check_is_ours(path, facts, owner); !ours) return ours.error();

  UniqueFd lock(::openat(directory->get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) return directory_errno(path, "lock");
  if (const Status taken = take_lock(path, lock.get()); !taken) return taken.error();

  const uid_t uid = owner ? owner->uid : ::geteuid();
  const gid_t gid = owner ? owner->gid : ::getegid();
  if (::fchmod(directory->get(), 0700) != 0) return directory_errno(path, "chmod");
  if (const Status given_over = give_to(path, directory->get(), uid, gid); !given_over) return given_over.error();
  if (const Status made = make_inside(path, directory->get(), "artifacts", 0700, uid, gid); !made) return made.error();
  if (const Status made = make_inside(path, directory->get(), "stems", 0700, ::geteuid(), ::getegid()); !made) {
    return made.error();
  }
  if (const Status good = check_executable(path); !good) return good.error();
  if (const Status good = check_reachable(path, owner); !good) return good.error();
  return DataDirectory(path, std::move(lock));
}

Status DataDirectory::publish(const ServerFacts& facts) const {
  const nlohmann::json json{{"url", facts.url}, {"pid", facts.pid}, {"version", facts.version}};
  const std::string text = json.dump() + "\n";
  const fs::path whole = path_ / "server.json";
  const fs::path partial = path_ / "server.json.new";
  // The gateway's user may write here too: never through a file that it put in the way.
  ::unlink(partial.c_str());
  const UniqueFd file(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return directory_errno(path_, "server.json");
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return directory_errno(path_, "write server.json");
  }
  if (::rename(partial.c_str(), whole.c_str()) != 0) return directory_errno(path_, "server.json");
  return {};
}

void DataDirectory::withdraw() const {
  ::unlink((path_ / "server.json").c_str());
}

fs::path default_data_directory() {
  if (::geteuid() == 0) return "/var/lib/sojourn";
  if (const char* const data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/') {
    return fs::path(data) / "sojourn";
  }
  const char* const home = std::getenv("HOME");
  return fs::path(home == nullptr ? "/" : home) / ".local/share/sojourn";
}

std::optional<ServerFacts> running_server(const fs::path& path) {
  std::ifstream file(path / "server.json");
  if (!file) return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto url = json.find("url");
  const auto pid = json.find("pid");
  const auto version = json.find("version");
  if (url == json.end() || !url->is_string() || pid == json.end() || !pid->is_number_integer()) return std::nullopt;
  return ServerFacts{url->get<std::string>(), pid->get<pid_t>(),
                     version != json.end() && version->is_string() ? version->get<std::string>() : ""};
}

}  // namespace sojourn
