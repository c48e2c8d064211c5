#include "gateway/cli/private_sandbox.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "gateway/supervisor/child_process.h"
#include "gateway/supervisor/role.h"

namespace sojourn::cli {
namespace {

constexpr std::chrono::milliseconds kWardenPatience{3000};  // to clean up after its link has ended

// Code is mapped from there, so a file system mounted noexec will not do.
std::string temporary_root() {
  const char* const wish = std::getenv("TMPDIR");
  for (const char* root : {wish, "/tmp", "/var/tmp"}) {
    struct statvfs facts {};
    if (root != nullptr && ::statvfs(root, &facts) == 0 && (facts.f_flag & ST_NOEXEC) == 0) return root;
  }
  return "/tmp";
}

void wait_for_end(pid_t pid) {
  const auto end = std::chrono::steady_clock::now() + kWardenPatience;
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

Result<std::unique_ptr<PrivateSandbox>> PrivateSandbox::make(LogLevel log_level, bool allow_reduced) {
  std::unique_ptr<PrivateSandbox> sandbox(new PrivateSandbox);
  if (const Status started = sandbox->start(log_level, allow_reduced); !started) return started.error();
  return sandbox;
}

Status PrivateSandbox::start(LogLevel log_level, bool allow_reduced) {
  std::string pattern = temporary_root() + "/sojourn-run-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return system_error("temporary directory " + pattern, errno);
  directory_ = pattern;
  std::error_code error;
  std::filesystem::create_directory(directory_ / "artifacts", error);
  if (!error) std::filesystem::create_directory(directory_ / "stems", error);
  if (error) return Error(ErrorCode::kInternal, "temporary directory " + pattern + ": " + error.message());
  Result<std::unique_ptr<ArtifactStore>> store = ArtifactStore::open(directory_ / "artifacts", {});
  if (!store) return store.error();
  store_ = std::move(*store);

  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return system_error("socketpair", errno);
  }
  link_.reset(ends[0]);
  const UniqueFd theirs(ends[1]);
  const WardenRole role{directory_.string(), allow_reduced, log_level};
  const ChildOptions child{
      arguments(role), child_environment(), {{theirs.get(), kRoleLinkFd}}, STDERR_FILENO, std::nullopt};
  const Result<pid_t> pid = start_child(child);
  if (!pid) return pid.error();
  warden_ = *pid;
  return {};
}

PrivateSandbox::~PrivateSandbox() {
  link_.reset();
  if (warden_ > 0) wait_for_end(warden_);
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

}  // namespace sojourn::cli
