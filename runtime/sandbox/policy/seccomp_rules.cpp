#include "runtime/sandbox/policy/seccomp_rules.h"

#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/policy/seccomp_load.h"

namespace sojourn {

scmp_arg_cmp argument(unsigned int index, scmp_compare comparison, scmp_datum_t value, scmp_datum_t masked) {
  scmp_arg_cmp condition{};
  condition.arg = index;
  condition.op = comparison;
  condition.datum_a = value;
  condition.datum_b = masked;
  return condition;
}

RuleSet::RuleSet(std::uint32_t otherwise) : filter_(seccomp_init(otherwise)) {
  if (!filter_) {
    fail("seccomp_init", ENOMEM);
    return;
  }
  check("bad architecture", seccomp_attr_set(filter_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  check("binary tree", seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
}

void RuleSet::add(std::uint32_t action, const char* name, std::vector<scmp_arg_cmp> conditions) {
  const int number = seccomp_syscall_resolve_name(name);
  if (!filter_ || number < 0) return;
  check(name, seccomp_rule_add_array(filter_.get(), action, number, static_cast<unsigned>(conditions.size()),
                                     conditions.data()));
}

Result<std::vector<sock_filter>> RuleSet::compile() {
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

void RuleSet::check(const char* what, int result) {
  if (result != 0) fail(what, -result);
}

void RuleSet::fail(const char* what, int error) {
  if (failure_.empty()) failure_ = system_error(std::string("seccomp rule ") + what, error).text();
}

}  // namespace sojourn
