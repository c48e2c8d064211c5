#include <sys/syscall.h>

#include "act.h"
ACT(x32_system_call) {
  answer(call, syscall(0x40000000L | SYS_getpid));
}
