#include "runtime/sandbox/policy/capabilities.h"

#include <cerrno>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sojourn {
namespace {

constexpr int kCapabilitiesMax = 64;

bool set_capabilities(std::uint64_t keep) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (int word = 0; word < 2; ++word) {
    const auto bits = static_cast<std::uint32_t>(keep >> (32 * word));
    data[word].effective = data[word].permitted = bits;
  }
  return ::syscall(SYS_capset, &header, data) == 0;
}

// The kernel answers EINVAL for the first number it does not know.
bool drop_bounding(std::uint64_t keep) {
  for (int number = 0; number < kCapabilitiesMax; ++number) {
    if (keep >> number & 1) continue;
    if (::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) return errno == EINVAL;
  }
  return true;
}

std::uint64_t permitted_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return 0;
  return std::uint64_t{data[1].permitted} << 32 | data[0].permitted;
}

}  // namespace

std::uint64_t warden_capabilities() {
  return 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER;
}

StepError keep_capabilities(std::uint64_t keep) {
  if (!drop_bounding(keep)) return step_failed(Step::kDropCapabilities);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (!set_capabilities(keep & permitted_capabilities())) return step_failed(Step::kDropCapabilities);
  return {};
}

StepError drop_all_capabilities() {
  if (!drop_bounding(0)) return step_failed(Step::kDropCapabilities);
  constexpr unsigned long kLocked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  if (::prctl(PR_SET_SECUREBITS, kLocked, 0, 0, 0) != 0) return step_failed(Step::kDropCapabilities);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (!set_capabilities(0)) return step_failed(Step::kDropCapabilities);
  return {};
}

}  // namespace sojourn
