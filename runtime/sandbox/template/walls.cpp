#include "runtime/sandbox/template/walls.h"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/sandbox/policy/capabilities.h"
#include "runtime/sandbox/policy/landlock.h"
#include "runtime/sandbox/policy/mounts.h"
#include "runtime/sandbox/policy/wall_switch.h"
#include "runtime/sandbox/protocol/warden_message.h"
#include "runtime/sandbox/template/fatal_call.h"

namespace sojourn {
namespace {

constexpr char kHostName[] = "sojourn";

// Gives the warden, which still holds the other end of the control socket, the means to resize /tmp later.
void send_tmp_context(int tmp_context) {
  if (tmp_context < 0) return;
  char nothing = 0;
  alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(int))];
  iovec piece{&nothing, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof ancillary;
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(part), &tmp_context, sizeof tmp_context);
  [[maybe_unused]] const ssize_t sent = ::sendmsg(kStemControlFd, &message, MSG_NOSIGNAL);
  ::close(tmp_context);
}

// Dies with the warden from here on. The death signal only works for a parent that dies later, and in a new PID
// namespace getppid() cannot tell; but the alive pipe hangs up when its only writer is gone.
StepError die_with_warden() {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return step_failed(Step::kDieWithWarden);
  pollfd alive{kStemAliveFd, 0, 0};
  if (::poll(&alive, 1, 0) != 0) return {Step::kDieWithWarden, EPIPE};
  ::close(kStemAliveFd);
  return {};
}

StepError lose_privileges() {
  // The host's name is none of a function's business; in its own UTS namespace every template has the same.
  if (stands(TestedWall::kUtsNamespace) && ::sethostname(kHostName, sizeof kHostName - 1) != 0)
    return step_failed(Step::kSetHostName);
  const StepError dropped = stands(TestedWall::kCapabilities) ? drop_all_capabilities() : StepError{};
  if (!dropped.ok()) return dropped;
  const unsigned long dumpable = stands(TestedWall::kNotDumpable) ? 0 : 1;
  if (::prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) != 0) return step_failed(Step::kNotDumpable);
  if (const StepError dying = die_with_warden(); !dying.ok()) return dying;
  if (stands(TestedWall::kNoNewPrivileges) && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return step_failed(Step::kNoNewPrivileges);
  return {};
}

StepError enter_landlock(Walls& walls, WallPolicy policy) {
  const std::uint32_t abi = walls.report.landlock_abi = landlock_abi();
  if (abi == 0) return policy == WallPolicy::kAllowFewer ? StepError{} : step_failed(Step::kLandlock);
  if (stands(TestedWall::kLandlockScope)) walls.instance_ruleset = make_instance_ruleset(abi);
  if (!stands(TestedWall::kLandlock)) return {};
  if (const StepError entered = enter_template_domain(abi); !entered.ok()) return entered;
  walls.report.walls |= kWallLandlock;
  if (abi >= kLandlockAbiNetwork) walls.report.walls |= kWallLandlockNetwork;
  if (walls.instance_ruleset >= 0) walls.report.walls |= kWallLandlockScope;
  return {};
}

StepError raise(Walls& walls, WallPolicy policy) {
  FilterPrograms filters;
  if (const StepError mapped = map_filters(kStemFiltersFd, &filters); !mapped.ok()) return mapped;
  ::close(kStemFiltersFd);
  walls.instance_filter = filters.for_instance;
  int tmp_context = -1;
  if (const StepError rooted = enter_minimal_root(&tmp_context); !rooted.ok()) return rooted;
  send_tmp_context(tmp_context);
  if (stands(TestedWall::kOldRoot)) walls.report.walls |= kWallPivotRoot;
  if (const StepError lost = lose_privileges(); !lost.ok()) return lost;
  if (stands(TestedWall::kNoNewPrivileges)) walls.report.walls |= kWallNoNewPrivileges;
  if (const StepError entered = enter_landlock(walls, policy); !entered.ok()) return entered;
  if (!stands(TestedWall::kSeccomp)) return {};
  if (const StepError filtered = install_filter(filters.for_template, Step::kSeccomp); !filtered.ok()) return filtered;
  walls.report.walls |= kWallSeccomp;
  name_fatal_calls(filters);
  return {};
}

}  // namespace

Walls raise_walls(WallPolicy policy) {
  Walls walls;
  const StepError failed = raise(walls, policy);
  walls.report.step = failed.step;
  walls.report.error = failed.error;
  return walls;
}

}  // namespace sojourn
