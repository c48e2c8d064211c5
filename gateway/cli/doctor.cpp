#include "gateway/cli/doctor.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/cli/doctor_surroundings.h"
#include "runtime/base/unique_fd.h"

namespace sojourn::cli {
namespace {

constexpr unsigned kLandlockVersionFlag = 1;  // LANDLOCK_CREATE_RULESET_VERSION

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

// Without the privilege to use it a call that exists says EPERM.
Finding mount_finding() {
  const UniqueFd context(static_cast<int>(::syscall(SYS_fsopen, "tmpfs", 0)));
  const long attributes = ::syscall(SYS_mount_setattr, -1, "", 0, nullptr, 0);
  if ((context || errno != ENOSYS) && (attributes == 0 || errno != ENOSYS))
    return {Health::kGood, "mount calls", "available", ""};
  return {Health::kMissing, "mount calls", std::strerror(ENOSYS), "needs kernel 5.12 or newer"};
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

}  // namespace

std::string_view name(Health health) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "advised", "MISSING"};
  return kNames[static_cast<std::size_t>(health)];
}

std::vector<Finding> examine_host(const std::filesystem::path& data) {
  std::vector<Finding> findings = {
      kernel_finding(),
      user_finding(),
      namespace_finding("user namespace", 0),
      namespace_finding("pid namespace", CLONE_NEWPID),
      namespace_finding("mount namespace", CLONE_NEWNS),
      namespace_finding("network namespace", CLONE_NEWNET),
      namespace_finding("ipc namespace", CLONE_NEWIPC),
      namespace_finding("uts namespace", CLONE_NEWUTS),
      namespace_finding("cgroup namespace", CLONE_NEWCGROUP),
      mount_finding(),
      seccomp_finding(),
      landlock_finding(),
      pidfd_finding(),
  };
  for (Finding& finding : examine_limits()) findings.push_back(std::move(finding));
  for (Finding& finding : examine_surroundings(std::filesystem::absolute(data))) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace sojourn::cli
