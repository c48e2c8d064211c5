// The hooks of an object's life in a host, at most one of each per object, in any of its files:
//
//   SOJOURN_INIT(f)    void f(StartContext&)  once, before any instance is forked and without secrets. What it
//                      builds is shared copy-on-write by all instances. Throwing refuses the deploy with its text.
//   SOJOURN_START(f)   void f(StartContext&)  in each instance after the fork: reseed generators, connect.
//                      Throwing retires the instance.
//   SOJOURN_STOP(f)    void f(), when an instance retires in order: 1 s, and never when it is killed.
//
// All of them share one exported table, sojourn_module: an inline variable which each macro refers to, so that
// every combination in one file or many makes exactly one; the hooks are weak symbols, so that it shows null for
// those nobody wrote. A second hook of a kind is a link error that names sojourn_at_most_one_SOJOURN_INIT, _START or
// _STOP.
//
// REQUIRES:  at namespace scope, not in an unnamed one. GCC needs -fno-gnu-unique, as sojourn_add_function gives.
#pragma once

#include <sojourn/abi.h>
#include <sojourn/edge.h>

#define SOJOURN_HOOK extern "C" __attribute__((weak, visibility("hidden")))

SOJOURN_HOOK int sojourn_hook_init(const sj_host* host, sj_call* call);
SOJOURN_HOOK int sojourn_hook_start(const sj_host* host, sj_call* call);
SOJOURN_HOOK void sojourn_hook_stop(const sj_host* host, sj_call* call);

extern "C" {
SJ_EXPORT inline const sj_module sojourn_module = {sizeof(sj_module), SJ_ABI_MAJOR,       0,
                                                   sojourn_hook_init, sojourn_hook_start, sojourn_hook_stop};
}

namespace sojourn {
inline namespace v1 {
namespace detail {

template <class F>
void run_stop(F&& function, const sj_host& host, sj_call* call) noexcept {
  try {
    function();
  } catch (...) {
    fail_with_current_exception(host, call);
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace sojourn

// Makes the table exist in this file's object, and a second hook of the kind impossible.
#define SOJOURN_ONLY_HOOK(kind)                                                                               \
  extern "C" __attribute__((visibility("hidden"))) const sj_module* const sojourn_at_most_one_SOJOURN_##kind; \
  const sj_module* const sojourn_at_most_one_SOJOURN_##kind = &sojourn_module;

#define SOJOURN_INIT(function)                                             \
  SOJOURN_ONLY_HOOK(INIT)                                                  \
  SOJOURN_HOOK int sojourn_hook_init(const sj_host* host, sj_call* call) { \
    return ::sojourn::detail::run_start(&function, *host, call);           \
  }

#define SOJOURN_START(function)                                             \
  SOJOURN_ONLY_HOOK(START)                                                  \
  SOJOURN_HOOK int sojourn_hook_start(const sj_host* host, sj_call* call) { \
    return ::sojourn::detail::run_start(&function, *host, call);            \
  }

#define SOJOURN_STOP(function)                                              \
  SOJOURN_ONLY_HOOK(STOP)                                                   \
  SOJOURN_HOOK void sojourn_hook_stop(const sj_host* host, sj_call* call) { \
    ::sojourn::detail::run_stop(&function, *host, call);                    \
  }
