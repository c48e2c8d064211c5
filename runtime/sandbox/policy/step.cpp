#include "runtime/sandbox/policy/step.h"

#include <cerrno>

namespace sojourn {
namespace {

constexpr const char* kNames[] = {
    "none",
    "arrange descriptors",
    "map the user",
    "become the mapped user",
    "resource limits",
    "join the cgroup",
    "exec the template",
    "read the seccomp filters",
    "make mounts private",
    "mount the root",
    "mount the library directories",
    "mount /fn",
    "mount /tmp",
    "pivot_root",
    "make the root read-only",
    "set the host name",
    "drop capabilities",
    "make it not dumpable",
    "die with the warden",
    "no_new_privs",
    "landlock",
    "seccomp",
    "scope the instance",
    "filter the instance",
    "make a user namespace",
    "make a network namespace",
    "clone into namespaces",
    "make the stem's directory",
    "make descriptors",
    "make the cgroup",
    "the template ended early",
    "the template came up too slowly",
    "find the artifact",
    "the artifact changed",
    "link the artifact",
    "limit the template",
    "too many templates",
    "hand the template over",
    "make the sockets of connect",
};
static_assert(sizeof kNames / sizeof *kNames == static_cast<unsigned>(Step::kStepCount), "one name per step");

}  // namespace

const char* step_name(Step step) {
  return step < Step::kStepCount ? kNames[static_cast<unsigned>(step)] : "unknown";
}

StepError step_failed(Step step) {
  return StepError{step, errno};
}

}  // namespace sojourn
