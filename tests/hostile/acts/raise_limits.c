#include <sys/syscall.h>

#include "act.h"
ACT(raise_limits) {
  answer(call, syscall(SYS_prlimit64, 0, 7, (long[]){1 << 20, 1 << 20}, NULL));
}
