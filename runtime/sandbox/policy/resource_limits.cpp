#include "runtime/sandbox/policy/resource_limits.h"

#include <sys/resource.h>

namespace sojourn {
namespace {

// Lowers both limits to `value`; a limit that is already lower stays.
bool lower(pid_t pid, __rlimit_resource resource, std::uint64_t value) {
  rlimit now{};
  if (::prlimit(pid, resource, nullptr, &now) != 0) return false;
  const rlim_t least = now.rlim_max < value ? now.rlim_max : static_cast<rlim_t>(value);
  const rlimit wanted{least, least};
  return ::prlimit(pid, resource, &wanted, nullptr) == 0;
}

}  // namespace

StepError limit_template() {
  struct Fixed {
    __rlimit_resource resource;
    std::uint64_t value;
  };
  constexpr Fixed kFixed[] = {
      {RLIMIT_NOFILE, kOpenFilesMax},
      {RLIMIT_FSIZE, kFileSizeMax},
      {RLIMIT_STACK, kStackMax},
      {RLIMIT_CORE, 0},
      {RLIMIT_MEMLOCK, 0},
      {RLIMIT_MSGQUEUE, 0},
      {RLIMIT_RTPRIO, 0},
      {RLIMIT_SIGPENDING, 128},
  };
  for (const Fixed& fixed : kFixed) {
    if (!lower(0, fixed.resource, fixed.value)) return step_failed(Step::kResourceLimits);
  }
  return {};
}

StepError limit_function(pid_t pid, const FunctionLimits& limits) {
  const bool done = lower(pid, RLIMIT_DATA, limits.memory) &&
                    lower(pid, RLIMIT_AS, limits.memory * kAddressSpaceFactor + kAddressSpaceBase) &&
                    lower(pid, RLIMIT_NPROC, limits.processes);
  return done ? StepError{} : step_failed(Step::kLimitTemplate);
}

void raise_open_files() {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0) return;
  now.rlim_cur = now.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &now);
}

}  // namespace sojourn
