#include "runtime/sandbox/warden/startup.h"

#include <algorithm>
#include <cerrno>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/sandbox/policy/capabilities.h"
#include "runtime/sandbox/policy/namespaces.h"
#include "runtime/sandbox/policy/resource_limits.h"
#include "runtime/sandbox/policy/wall_switch.h"

namespace sojourn {
namespace {

Error step_error(const StepError& failed) {
  return system_error(step_name(failed.step), failed.error);
}

StepError leave_network() {
  return stands(TestedWall::kNetworkNamespace) ? enter_empty_network() : StepError{};
}

void close_all_but(int first, int second) {
  const auto [low, high] = std::minmax(first, second);
  unsigned int from = 3;
  for (const int kept : {low, high}) {
    if (kept < static_cast<int>(from)) continue;
    if (kept > static_cast<int>(from)) ::close_range(from, static_cast<unsigned int>(kept) - 1, 0);
    from = static_cast<unsigned int>(kept) + 1;
  }
  ::close_range(from, ~0u, 0);
}

}  // namespace

void shed_inheritance(const WardenOptions& options) {
  ::clearenv();
  close_all_but(options.link, options.log_fd);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT}) ::signal(signal, SIG_IGN);
  ::umask(022);
  raise_open_files();
}

Result<UidMode> drop_powers() {
  UidMode mode = ::geteuid() == 0 ? UidMode::kOwnUid : UidMode::kSharedUid;
  if (mode == UidMode::kOwnUid) {
    const StepError entered = leave_network();
    // Root without power over namespaces, as in a container, is an ordinary user here.
    if (entered.error == EPERM) mode = UidMode::kSharedUid;
    if (!entered.ok() && entered.error != EPERM) return step_error(entered);
  }
  if (mode == UidMode::kSharedUid) {
    if (const StepError entered = enter_user_namespace(); !entered.ok()) return step_error(entered);
    if (const StepError entered = leave_network(); !entered.ok()) return step_error(entered);
    // Templates map uid 0 of this namespace, and the kernel asks for this capability of whoever does.
    if (const StepError kept = keep_capabilities(1ull << CAP_SETFCAP); !kept.ok()) return step_error(kept);
    return mode;
  }
  if (::setgroups(0, nullptr) != 0) return system_error("drop supplementary groups", errno);
  // Without user namespaces of their own, templates need these to build their view.
  if (!stands(TestedWall::kUserNamespace)) return mode;
  if (const StepError kept = keep_capabilities(warden_capabilities()); !kept.ok()) return step_error(kept);
  return mode;
}

Status die_with_parent(pid_t parent) {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_error("make the warden not dumpable", errno);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return system_error("become a subreaper", errno);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return system_error("die with the parent", errno);
  if (::getppid() != parent) return Error(ErrorCode::kInternal, "the parent of the warden is gone");
  return {};
}

}  // namespace sojourn
