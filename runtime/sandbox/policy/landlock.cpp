#include "runtime/sandbox/policy/landlock.h"

#include <cerrno>
#include <fcntl.h>
#include <initializer_list>
#include <sys/syscall.h>
#include <unistd.h>

namespace sojourn {
namespace {

// The kernel's interface, spelled out because the system's header is older than the kernels we run on.
struct RulesetAttributes {
  std::uint64_t handled_files;
  std::uint64_t handled_network;  // from ABI 4 on
  std::uint64_t scoped;           // from ABI 6 on
};
struct [[gnu::packed]] PathRule {
  std::uint64_t allowed;
  std::int32_t parent;
};
constexpr unsigned int kCreateVersion = 1;
constexpr int kRulePathBeneath = 1;

constexpr std::uint64_t kExecute = 1u << 0;
constexpr std::uint64_t kWriteFile = 1u << 1;
constexpr std::uint64_t kReadFile = 1u << 2;
constexpr std::uint64_t kReadDirectory = 1u << 3;
constexpr std::uint64_t kRemoveDirectory = 1u << 4;
constexpr std::uint64_t kRemoveFile = 1u << 5;
constexpr std::uint64_t kMakeDirectory = 1u << 7;
constexpr std::uint64_t kMakeRegular = 1u << 8;
constexpr std::uint64_t kMakeSymbolicLink = 1u << 12;
constexpr std::uint64_t kRefer = 1u << 13;     // ABI 2
constexpr std::uint64_t kTruncate = 1u << 14;  // ABI 3
constexpr std::uint64_t kTcp = 3;              // bind and connect
constexpr std::uint64_t kScopes = 3;           // abstract Unix sockets and signals

constexpr std::uint64_t kReadOnly = kExecute | kReadFile | kReadDirectory;
constexpr std::uint64_t kReadWrite = kReadFile | kReadDirectory | kWriteFile | kRemoveDirectory | kRemoveFile |
                                     kMakeDirectory | kMakeRegular | kMakeSymbolicLink | kRefer | kTruncate;

// Every right of files that the ABI knows: 13 in the first, then refer, truncate and ioctl on devices.
std::uint64_t known_file_rights(std::uint32_t abi) {
  if (abi == 1) return (1u << 13) - 1;
  if (abi == 2) return (1u << 14) - 1;
  if (abi < 5) return (1u << 15) - 1;
  return (1u << 16) - 1;
}

std::size_t attributes_size(std::uint32_t abi) {
  if (abi < kLandlockAbiNetwork) return sizeof(std::uint64_t);
  return abi < kLandlockAbiScope ? 2 * sizeof(std::uint64_t) : sizeof(RulesetAttributes);
}

int create_ruleset(const RulesetAttributes& attributes, std::uint32_t abi) {
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, attributes_size(abi), 0));
}

// Allows `rights` below `path`; a directory that is not there needs no rule.
bool allow_below(int ruleset, const char* path, std::uint64_t rights) {
  const int directory = ::open(path, O_PATH | O_CLOEXEC);
  if (directory < 0) return errno == ENOENT;
  const PathRule rule{rights, directory};
  const bool added = ::syscall(SYS_landlock_add_rule, ruleset, kRulePathBeneath, &rule, 0) == 0;
  const int error = errno;
  ::close(directory);
  errno = error;
  return added;
}

bool enter(int ruleset) {
  return ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

// Everything that this ABI knows is denied, but for what may be read and written below these directories.
StepError enter_domain(std::uint32_t abi, std::uint64_t network, std::initializer_list<const char*> readable,
                       std::initializer_list<const char*> writable) {
  const std::uint64_t known = known_file_rights(abi);
  const int ruleset = create_ruleset({known, network, kScopes}, abi);
  if (ruleset < 0) return step_failed(Step::kLandlock);
  bool done = true;
  for (const char* path : readable) done = done && allow_below(ruleset, path, kReadOnly & known);
  for (const char* path : writable) done = done && allow_below(ruleset, path, kReadWrite & known);
  done = done && enter(ruleset);
  const StepError result = done ? StepError{} : step_failed(Step::kLandlock);
  ::close(ruleset);
  return result;
}

}  // namespace

std::uint32_t landlock_abi() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kCreateVersion);
  return version < 0 ? 0 : static_cast<std::uint32_t>(version);
}

StepError enter_template_domain(std::uint32_t abi) {
  // /lib and /lib64 are links into /usr on most hosts: then a rule for the target is all they need.
  return enter_domain(abi, kTcp, {"/usr/lib", "/usr/lib64", "/lib", "/lib64", "/fn"}, {"/tmp"});
}

StepError enter_resolving_domain(std::uint32_t abi) {
  return enter_domain(abi, 0, {"/usr", "/lib", "/lib64", "/etc", "/run"}, {});
}

int make_instance_ruleset(std::uint32_t abi) {
  return abi < kLandlockAbiScope ? -1 : create_ruleset({0, 0, kScopes}, abi);
}

StepError enter_instance_domain(int ruleset) {
  return enter(ruleset) ? StepError{} : step_failed(Step::kScopeInstance);
}

}  // namespace sojourn
