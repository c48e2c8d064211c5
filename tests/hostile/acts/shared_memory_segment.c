#include <sys/syscall.h>

#include "act.h"
ACT(shared_memory_segment) {
  answer(call, syscall(SYS_shmget, 1, 4096, 0x3b6));
}
