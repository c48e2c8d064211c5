// How a program of the benchmark gives up: one line on standard error, exit code 1. A figure that was measured on
// something half broken is worse than none, so every failed system call ends the program.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bench {

[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
  std::exit(1);
}

[[noreturn]] inline void fail_errno(const char* what) {
  std::fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, std::strerror(errno));
  std::exit(1);
}

// The result of a system call that must not fail.
template <class Integer>
Integer must(Integer result, const char* what) {
  if (result < 0) fail_errno(what);
  return result;
}

}  // namespace bench
