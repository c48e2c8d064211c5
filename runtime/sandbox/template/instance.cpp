#include "runtime/sandbox/template/instance.h"

#include <cstdio>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "runtime/sandbox/policy/landlock.h"
#include "runtime/sandbox/policy/wall_switch.h"
#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/template/serve.h"
#include "runtime/sandbox/template/stem_report.h"

namespace sojourn {
namespace {

constexpr int kChannelFd = 3;
constexpr int kClaimsFd = 4;
constexpr int kRulesetFd = 5;
constexpr int kFirstForeignFd = 6;
// Where descriptors are put aside, so that none is overwritten before it is in its place. Within RLIMIT_NOFILE.
constexpr int kAsideFd = 48;

bool arrange(const InstanceFds& fds, int ruleset) {
  const int log = ::dup2(fds.log, kAsideFd);
  const int channel = ::dup2(fds.channel, kAsideFd + 1);
  const int claims = ::dup2(fds.claims, kAsideFd + 2);
  const int domain = ruleset < 0 ? -1 : ::dup2(ruleset, kAsideFd + 3);
  if (log < 0 || channel < 0 || claims < 0) return false;
  const bool placed = ::dup2(log, STDOUT_FILENO) >= 0 && ::dup2(log, STDERR_FILENO) >= 0 &&
                      ::dup2(channel, kChannelFd) >= 0 && ::dup2(claims, kClaimsFd) >= 0 &&
                      (domain < 0 || ::dup2(domain, kRulesetFd) >= 0);
  return placed && ::close_range(kFirstForeignFd, ~0u, 0) == 0;
}

ClaimPage* map_claims() {
  void* const page = ::mmap(nullptr, sizeof(ClaimPage), PROT_READ | PROT_WRITE, MAP_SHARED, kClaimsFd, 0);
  ::close(kClaimsFd);
  return page == MAP_FAILED ? nullptr : static_cast<ClaimPage*>(page);
}

StepError draw_walls(const Walls& walls) {
  if (walls.instance_ruleset >= 0) {
    if (const StepError scoped = enter_instance_domain(kRulesetFd); !scoped.ok()) return scoped;
    ::close(kRulesetFd);
  }
  if (!stands(TestedWall::kInstanceFilter)) return {};
  return install_filter(walls.instance_filter, Step::kFilterInstance);
}

// What the template changed for itself.
void undo_template_settings() {
  const sched_param no_priority{};
  ::sched_setscheduler(0, SCHED_OTHER, &no_priority);
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Siblings share the canary of the template. No frame above this one is ever returned to, so it can be another from
// here on; its lowest byte stays zero, which stops string copies.
void change_stack_canary() {
#if defined(__x86_64__)
  unsigned long canary = 0;
  if (::getrandom(&canary, sizeof canary, GRND_NONBLOCK) != sizeof canary) return;
  canary &= ~0xFFul;
  asm volatile("movq %0, %%fs:0x28" : : "r"(canary));
#endif
}

[[noreturn, gnu::noinline]] void begin(const Module& module, ClaimPage& claims) {
  serve(kChannelFd, claims, module);
}

}  // namespace

void run_instance(const InstanceFds& fds, const Module& module, const Walls& walls) {
  if (!arrange(fds, walls.instance_ruleset)) ::_exit(kInstanceWallFailed);
  ClaimPage* const claims = map_claims();
  if (claims == nullptr) ::_exit(kInstanceWallFailed);
  if (const StepError failed = draw_walls(walls); !failed.ok()) {
    ::dprintf(STDERR_FILENO, "sojourn: %s: errno %d\n", step_name(failed.step), failed.error);
    ::_exit(kInstanceWallFailed);
  }
  undo_template_settings();
  change_stack_canary();
  begin(module, *claims);
}

}  // namespace sojourn
