#include "gateway/cli/doctor.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/unique_fd.h"

namespace sojourn::cli {
namespace {

constexpr unsigned kLandlockVersionFlag = 1;  // LANDLOCK_CREATE_RULESET_VERSION

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// What unshare() says to a child that asks for these namespaces, 0 when it gets them. An ordinary user gets the others
// only inside a user namespace of its own.
int try_namespace(int flags) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(::unshare(flags) == 0 ? 0 : errno);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

Finding namespace_finding(const char* what, int flag) {
  const int error = try_namespace(CLONE_NEWUSER | flag);
  if (error == 0) return {Health::kGood, what, "available", ""};
  std::string advice = "required";
  if (flag == 0 || error == EPERM) {
    advice =
        "allow user namespaces: kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns, "
        "user.max_user_namespaces, or the container's seccomp profile";
  }
  return {Health::kMissing, what, std::strerror(error), advice};
}

Finding seccomp_finding() {
  const unsigned action = SECCOMP_RET_KILL_PROCESS;
  if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0) {
    return {Health::kGood, "seccomp filter", "available, kills the process", ""};
  }
  return {Health::kMissing, "seccomp filter", std::strerror(errno), "needs a kernel with CONFIG_SECCOMP_FILTER"};
}

Finding landlock_finding() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kLandlockVersionFlag);
  if (abi < 0) {
    return {Health::kMissing, "Landlock", std::strerror(errno), "add landlock to the kernel's lsm= parameter"};
  }
  const std::string found = "ABI " + std::to_string(abi);
  if (abi >= 6) return {Health::kGood, "Landlock", found, ""};
  return {Health::kAdvised, "Landlock", found,
          abi >= 4 ? "kernel 6.12 adds the scope of signals and abstract sockets"
                   : "kernel 6.7 adds network rules, 6.12 the scope of signals and abstract sockets"};
}

Finding pidfd_finding() {
  const UniqueFd own(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (own) return {Health::kGood, "pidfd", "available", ""};
  return {Health::kMissing, "pidfd", std::strerror(errno), "needs kernel 5.4 or newer"};
}

// The controllers of version 2, or those that are mounted as version 1.
std::string cgroup_controllers() {
  const std::string unified = first_line("/sys/fs/cgroup/cgroup.controllers");
  if (!unified.empty()) return "v2: " + unified;
  std::string found;
  for (const char* controller : {"memory", "pids", "cpu"}) {
    std::error_code ignored;
    const std::filesystem::path directory = std::filesystem::path("/sys/fs/cgroup") / controller;
    if (std::filesystem::exists(directory / "tasks", ignored)) found += std::string(" ") + controller;
  }
  return found.empty() ? "" : "v1:" + found;
}

Finding cgroup_finding() {
  const std::string found = cgroup_controllers();
  for (const char* controller : {"memory", "pids", "cpu"}) {
    if (found.find(controller) != std::string::npos) continue;
    return {Health::kAdvised, "cgroups", found.empty() ? "none" : found,
            std::string("no ") + controller + " controller: that limit is by rlimits alone"};
  }
  if (::geteuid() == 0) return {Health::kGood, "cgroups", found, ""};
  return {Health::kAdvised, "cgroups", found, "as an ordinary user they are used only when delegated"};
}

Finding yama_finding() {
  const std::string scope = first_line("/proc/sys/kernel/yama/ptrace_scope");
  if (!scope.empty() && scope != "0") return {Health::kGood, "Yama ptrace_scope", scope, ""};
  return {Health::kAdvised, "Yama ptrace_scope", scope.empty() ? "none" : scope,
          "kernel.yama.ptrace_scope=1 is a second wall against ptrace"};
}

Finding core_pattern_finding() {
  const std::string pattern = first_line("/proc/sys/kernel/core_pattern");
  if (!pattern.starts_with('|')) return {Health::kGood, "core_pattern", pattern, ""};
  return {Health::kAdvised, "core_pattern", pattern,
          "a program outside the sandbox handles cores; functions write none, but a file name is safer"};
}

Finding speculation_finding() {
  const int state = ::prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0);
  if (state == PR_SPEC_NOT_AFFECTED) return {Health::kGood, "speculation control", "not affected", ""};
  if (state > 0 && (static_cast<unsigned>(state) & PR_SPEC_PRCTL) != 0)
    return {Health::kGood, "speculation control", "per process", ""};
  return {Health::kAdvised, "speculation control", "none",
          "side channels between functions are not closed: one server per tenant's machine"};
}

Finding kernel_finding() {
  utsname facts{};
  ::uname(&facts);
  return {Health::kGood, "kernel", facts.release, ""};
}

Finding user_finding() {
  if (::geteuid() == 0) return {Health::kGood, "started as", "root: each template gets a user of its own", ""};
  return {Health::kAdvised, "started as", "user " + std::to_string(::geteuid()),
          "all functions share one user, memory limits are soft; started as root each gets its own"};
}

Finding file_system_finding(std::filesystem::path path) {
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored) && path.has_parent_path() && path != path.parent_path()) {
    path = path.parent_path();
  }
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) != 0) return {Health::kAdvised, "data directory", std::strerror(errno), ""};
  std::ostringstream type;
  type << "file system type 0x" << std::hex << static_cast<unsigned long>(facts.f_type);
  if (facts.f_type == TMPFS_MAGIC) {
    return {Health::kAdvised, "data directory", "tmpfs", "what is deployed is lost at the next boot: choose a disk"};
  }
  if (facts.f_type == NFS_SUPER_MAGIC) {
    return {Health::kAdvised, "data directory", "NFS",
            "locks and fsync over a network are not trusted: use a local disk"};
  }
  return {Health::kGood, "data directory", type.str(), ""};
}

}  // namespace

std::string_view name(Health health) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "advised", "MISSING"};
  return kNames[static_cast<std::size_t>(health)];
}

std::vector<Finding> examine_host(const std::filesystem::path& data) {
  return {
      kernel_finding(),
      user_finding(),
      namespace_finding("user namespace", 0),
      namespace_finding("pid namespace", CLONE_NEWPID),
      namespace_finding("mount namespace", CLONE_NEWNS),
      namespace_finding("network namespace", CLONE_NEWNET),
      namespace_finding("ipc namespace", CLONE_NEWIPC),
      namespace_finding("uts namespace", CLONE_NEWUTS),
      seccomp_finding(),
      landlock_finding(),
      pidfd_finding(),
      cgroup_finding(),
      yama_finding(),
      core_pattern_finding(),
      speculation_finding(),
      file_system_finding(std::filesystem::absolute(data)),
  };
}

}  // namespace sojourn::cli
