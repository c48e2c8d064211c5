#include "runtime/sandbox/policy/namespaces.h"

#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/sandbox/policy/identity.h"

namespace sojourn {

StepError enter_empty_network() {
  return ::unshare(CLONE_NEWNET) == 0 ? StepError{} : step_failed(Step::kNetworkNamespace);
}

StepError enter_user_namespace() {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0) return step_failed(Step::kUserNamespace);
  return map_own_user(uid, gid);
}

pid_t clone_process(std::uint64_t flags, int* pidfd) {
  clone_args arguments{};
  arguments.flags = flags | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uint64_t>(pidfd);
  arguments.exit_signal = SIGCHLD;
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

}  // namespace sojourn
