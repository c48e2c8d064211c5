#include "runtime/sandbox/policy/seccomp_filter.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <vector>

#include "runtime/sandbox/policy/seccomp_load.h"
#include "runtime/sandbox/policy/system_calls.h"

namespace sojourn {
namespace {

// Any of these flags would make a namespace: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
constexpr scmp_datum_t kNamespaceFlags = 0x7E020000;

constexpr int kAllowedPrctls[] = {
    PR_SET_NAME,
    PR_GET_NAME,
    PR_GET_DUMPABLE,
    PR_GET_NO_NEW_PRIVS,
    PR_SET_NO_NEW_PRIVS,
    PR_GET_TIMERSLACK,
    PR_SET_TIMERSLACK,
    PR_GET_SECCOMP,
    PR_CAPBSET_READ,
    PR_GET_PDEATHSIG,
    0x53564d41 /* PR_SET_VMA: malloc names its memory */,
};

// A condition on one argument, compared in all its 64 bits: what has garbage in the upper ones matches no rule.
scmp_arg_cmp argument(unsigned int index, scmp_compare comparison, scmp_datum_t value, scmp_datum_t masked = 0) {
  scmp_arg_cmp condition{};
  condition.arg = index;
  condition.op = comparison;
  condition.datum_a = value;
  condition.datum_b = masked;
  return condition;
}

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

// Collects rules and remembers the first that libseccomp did not take. Calls that this machine does not have are left
// out: they are answered ENOSYS by the kernel anyway.
class RuleSet {
 public:
  explicit RuleSet(std::uint32_t otherwise) : filter_(seccomp_init(otherwise)) {
    if (!filter_) {
      fail("seccomp_init", ENOMEM);
      return;
    }
    check("bad architecture", seccomp_attr_set(filter_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    check("binary tree", seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
  }

  void add(std::uint32_t action, const char* name, std::vector<scmp_arg_cmp> conditions = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (!filter_ || number < 0) return;
    check(name, seccomp_rule_add_array(filter_.get(), action, number, static_cast<unsigned>(conditions.size()),
                                       conditions.data()));
  }

  Result<std::vector<sock_filter>> compile() {
    if (!failure_.empty()) return Error(ErrorCode::kInternal, failure_);
    UniqueFd file(::memfd_create("seccomp", MFD_CLOEXEC));
    if (!file) return system_error("seccomp: memfd_create", errno);
    const int exported = seccomp_export_bpf(filter_.get(), file.get());
    if (exported != 0) return system_error("seccomp_export_bpf", -exported);
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (program.size() > kFilterInstructionsMax) return Error(ErrorCode::kInternal, "seccomp: filter is too long");
    if (::pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
      return system_error("seccomp: read the program", errno);
    return program;
  }

 private:
  void check(const char* what, int result) {
    if (result != 0) fail(what, -result);
  }
  void fail(const char* what, int error) {
    if (failure_.empty()) failure_ = system_error(std::string("seccomp rule ") + what, error).text();
  }

  Filter filter_;
  std::string failure_;
};

constexpr std::uint32_t kRefuse = SCMP_ACT_ERRNO(EPERM);
constexpr std::uint32_t kUnknown = SCMP_ACT_ERRNO(ENOSYS);

// Calls that are harmless or not by what is asked of them.
void add_calls_with_arguments(RuleSet& rules) {
  // Threads, and the template's forks; never into new namespaces. clone3 hides its flags in memory, where a filter
  // cannot look: ENOSYS sends the C library to clone.
  rules.add(SCMP_ACT_ALLOW, "clone", {argument(0, SCMP_CMP_MASKED_EQ, kNamespaceFlags, 0)});
  // unshare(CLONE_THREAD) changes nothing; it fails in a process that has more than one thread, which is how a
  // template without /proc learns whether initialisation left one.
  rules.add(SCMP_ACT_ALLOW, "unshare", {argument(0, SCMP_CMP_EQ, CLONE_THREAD)});
  rules.add(SCMP_ACT_KILL_PROCESS, "unshare", {argument(0, SCMP_CMP_NE, CLONE_THREAD)});
  // Limits are read, never set.
  rules.add(SCMP_ACT_ALLOW, "prlimit64", {argument(2, SCMP_CMP_EQ, 0)});
  rules.add(kRefuse, "prlimit64", {argument(2, SCMP_CMP_NE, 0)});
  for (const int option : kAllowedPrctls)
    rules.add(SCMP_ACT_ALLOW, "prctl", {argument(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(option))});
  for (const unsigned long request : {static_cast<unsigned long>(FIONREAD), static_cast<unsigned long>(FIONBIO)})
    rules.add(SCMP_ACT_ALLOW, "ioctl", {argument(1, SCMP_CMP_EQ, request)});
  // Owners and leases of descriptors deliver signals to others; locks, flags and duplicates do not.
  for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
                            F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_GET_SEALS, F_ADD_SEALS})
    rules.add(SCMP_ACT_ALLOW, "fcntl", {argument(1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command))});
}

Result<std::vector<sock_filter>> template_program() {
  RuleSet rules(kUnknown);
  for (const AllowedCall& call : kAllowedCalls) rules.add(SCMP_ACT_ALLOW, call.name);
  for (const char* name : kRefusedCalls) rules.add(kRefuse, name);
  for (const char* name : kFatalCalls) rules.add(SCMP_ACT_KILL_PROCESS, name);
  add_calls_with_arguments(rules);
  return rules.compile();
}

// What the template may and an instance may not: processes of its own, and descriptors through sockets.
Result<std::vector<sock_filter>> instance_program() {
  RuleSet rules(SCMP_ACT_ALLOW);
  rules.add(kRefuse, "clone", {argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)});
  rules.add(kRefuse, "recvmsg");
  return rules.compile();
}

bool append(int file, const void* data, std::size_t size) {
  return ::write(file, data, size) == static_cast<ssize_t>(size);
}

}  // namespace

Result<UniqueFd> build_filters() {
  auto for_template = template_program();
  if (!for_template) return for_template.error().at("template filter");
  auto for_instance = instance_program();
  if (!for_instance) return for_instance.error().at("instance filter");

  UniqueFd file(::memfd_create("sojourn-filters", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return system_error("filters: memfd_create", errno);
  const FilterFileHead head{static_cast<std::uint32_t>(for_template->size()),
                            static_cast<std::uint32_t>(for_instance->size())};
  if (!append(file.get(), &head, sizeof head) ||
      !append(file.get(), for_template->data(), for_template->size() * sizeof(sock_filter)) ||
      !append(file.get(), for_instance->data(), for_instance->size() * sizeof(sock_filter)))
    return system_error("filters: write", errno);
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return system_error("filters: seal", errno);
  return file;
}

}  // namespace sojourn
