#include <sys/syscall.h>

#include "act.h"
ACT(ptrace_attach) {
  answer(call, syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, 1, 0, 0));
}
