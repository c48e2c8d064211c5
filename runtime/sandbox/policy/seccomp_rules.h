// RuleSet collects the rules of one seccomp program and compiles them. It remembers the first rule that libseccomp did
// not take. Calls that this machine does not have are left out: they are answered ENOSYS by the kernel anyway.
//
// Thread: one at a time; values.
#pragma once

#include <cerrno>
#include <cstdint>
#include <linux/filter.h>
#include <memory>
#include <seccomp.h>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::uint32_t kRefuseCall = SCMP_ACT_ERRNO(EPERM);
inline constexpr std::uint32_t kUnknownCall = SCMP_ACT_ERRNO(ENOSYS);

// A condition on one argument, compared in all its 64 bits: what has garbage in the upper ones matches no rule.
scmp_arg_cmp argument(unsigned int index, scmp_compare comparison, scmp_datum_t value, scmp_datum_t masked = 0);

class RuleSet {
 public:
  // `otherwise` is what becomes of a call that no rule matches.
  explicit RuleSet(std::uint32_t otherwise);

  void add(std::uint32_t action, const char* name, std::vector<scmp_arg_cmp> conditions = {});
  Result<std::vector<sock_filter>> compile();

 private:
  struct ReleaseFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
  };
  void check(const char* what, int result);
  void fail(const char* what, int error);

  std::unique_ptr<void, ReleaseFilter> filter_;
  std::string failure_;
};

}  // namespace sojourn
