#include "runtime/sandbox/policy/broker_walls.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sched.h>
#include <sys/prctl.h>

#include "runtime/sandbox/policy/landlock.h"
#include "runtime/sandbox/policy/seccomp_load.h"
#include "runtime/sandbox/policy/seccomp_rules.h"
#include "runtime/sandbox/policy/system_calls.h"

namespace sojourn {
namespace {

constexpr const char* kRefusedToBroker[] = {
    "bind",     "listen",   "accept",    "accept4",   "fork",      "vfork",     "execve", "execveat",
    "kill",     "tkill",    "chmod",     "fchmod",    "fchmodat",  "chown",     "fchown", "lchown",
    "link",     "linkat",   "mknod",     "mknodat",   "symlink",   "symlinkat", "rename", "renameat",
    "mkdir",    "mkdirat",  "unlink",    "rmdir",     "renameat2", "unlinkat",  "setuid", "setgid",
    "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "capset",
};

// An event loop may look whether it has io_uring, and goes on without.
bool is_io_uring(const char* name) {
  return std::strncmp(name, "io_uring", 8) == 0;
}

Result<std::vector<sock_filter>> broker_program() {
  RuleSet rules(SCMP_ACT_ALLOW);
  for (const char* name : kFatalCalls) rules.add(is_io_uring(name) ? kUnknownCall : SCMP_ACT_KILL_PROCESS, name);
  for (const char* name : kRefusedToBroker) rules.add(kRefuseCall, name);
  rules.add(kUnknownCall, "clone3");
  rules.add(kRefuseCall, "clone", {argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)});
  return rules.compile();
}

Error step_error(const StepError& failed) {
  return system_error(step_name(failed.step), failed.error);
}

}  // namespace

Status raise_broker_walls() {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_error("make it not dumpable", errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("no_new_privs", errno);
  if (const std::uint32_t abi = landlock_abi(); abi > 0) {
    if (const StepError entered = enter_resolving_domain(abi); !entered.ok()) return step_error(entered);
  }
  auto program = broker_program();
  if (!program) return program.error();
  const sock_fprog filter{static_cast<unsigned short>(program->size()), program->data()};
  if (const StepError filtered = install_filter(filter, Step::kSeccomp); !filtered.ok()) return step_error(filtered);
  return {};
}

}  // namespace sojourn
