// Lets a build for tests leave out walls one by one, so that every wall is seen to do work of its own and the others to
// hold without it. The product has no such choice: there a wall stands because `stands` is a constant, and neither the
// walls' names nor a way to choose are in its binary.
//
// SOJOURN_TEST_WITHOUT_WALLS is defined for tests/hostile/without_walls.cpp and the template inside it, and for nothing
// else; the definitions of that build stand in tests/hostile/wall_switch.cpp.
//
// Thread: chosen once at the start of a process, before its first other thread; then read by any.
#pragma once

#include <string_view>

namespace sojourn {

enum class TestedWall : unsigned {
  kUserNamespace,
  kPidNamespace,
  kNetworkNamespace,
  kIpcNamespace,
  kUtsNamespace,
  kOldRoot,       // the host's file system is taken off after pivot_root
  kCapabilities,  // none are left
  kNotDumpable,   // nobody of the same user may look into it
  kNoNewPrivileges,
  kLandlock,       // the template's domain
  kLandlockScope,  // each instance's own domain
  kSeccomp,        // the template's filter
  kInstanceFilter,
  kRlimits,
  kCgroups,
  kCount,
};

#if defined(SOJOURN_TEST_WITHOUT_WALLS)

bool stands(TestedWall wall);
// Names joined by '+', as "seccomp+landlock". Ends the process for a name that is none.
void leave_out(const char* names);
// What leave_out was given: the template's second argument.
const char* left_out();

#else

constexpr bool stands(TestedWall) {
  return true;
}
constexpr void leave_out(const char*) {}
constexpr const char* left_out() {
  return nullptr;
}

#endif

}  // namespace sojourn
