#include <sys/syscall.h>

#include "act.h"
ACT(io_uring) {
  answer(call, syscall(SYS_io_uring_setup, 8, NULL));
}
