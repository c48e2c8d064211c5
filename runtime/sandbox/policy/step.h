// A Step is one thing done while a wall goes up, and a StepError says which one failed and with which errno. They cross
// process borders as two numbers, so that a half-built sandbox can report without allocating.
//
// Thread: values; any thread. Everything here is safe between clone and exec.
#pragma once

#include <cstdint>

namespace sojourn {

enum class Step : std::uint32_t {
  kNone = 0,  // nothing failed
  kArrangeDescriptors,
  kMapUser,
  kBecomeUser,
  kResourceLimits,
  kJoinCgroup,
  kExecTemplate,
  kReadFilters,
  kPrivateMounts,
  kMountRoot,
  kMountLibraries,
  kMountFunctionDirectory,
  kMountTmp,
  kPivotRoot,
  kRootReadOnly,
  kSetHostName,
  kDropCapabilities,
  kNotDumpable,
  kDieWithWarden,
  kNoNewPrivileges,
  kLandlock,
  kSeccomp,
  kScopeInstance,
  kFilterInstance,
  kUserNamespace,
  kNetworkNamespace,
  kClone,
  kMakeStemDirectory,
  kMakeDescriptors,
  kMakeCgroup,
  kTemplateEnded,
  kTemplateSilent,
  kFindArtifact,
  kArtifactChanged,
  kLinkArtifact,
  kLimitTemplate,
  kTooManyTemplates,
  kHandOver,
  kMakeDoors,
  kStepCount,
};

// A few words a person can search for: "pivot_root", "landlock", … Lives as long as the program.
const char* step_name(Step step);

struct [[nodiscard]] StepError {
  Step step = Step::kNone;
  int error = 0;  // errno

  bool ok() const { return step == Step::kNone; }
};

// The failure of `step` with the current errno.
StepError step_failed(Step step);

}  // namespace sojourn
