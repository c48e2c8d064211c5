// The other half of runtime/sandbox/policy/wall_switch.h: in the build for tests, and in no other, walls can be left
// out by name.
#include "runtime/sandbox/policy/wall_switch.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace sojourn {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(TestedWall::kCount)> kNames = {
    "user-namespace", "pid-namespace", "network-namespace", "ipc-namespace", "uts-namespace",
    "old-root",       "capabilities",  "not-dumpable",      "no-new-privs",  "landlock",
    "landlock-scope", "seccomp",       "instance-filter",   "rlimits",       "cgroups",
};

const char* chosen_names = nullptr;
unsigned chosen = 0;

unsigned bit_of(std::string_view name) {
  for (unsigned index = 0; index < kNames.size(); ++index) {
    if (kNames[index] == name) return 1u << index;
  }
  std::fprintf(stderr, "no wall is called `%.*s`\n", static_cast<int>(name.size()), name.data());
  std::abort();
}

}  // namespace

bool stands(TestedWall wall) {
  return (chosen >> static_cast<unsigned>(wall) & 1u) == 0;
}

void leave_out(const char* names) {
  chosen_names = names;
  chosen = 0;
  for (std::string_view rest = names; !rest.empty();) {
    const std::size_t plus = rest.find('+');
    chosen |= bit_of(rest.substr(0, plus));
    rest = plus == std::string_view::npos ? std::string_view() : rest.substr(plus + 1);
  }
}

const char* left_out() {
  return chosen_names;
}

}  // namespace sojourn
