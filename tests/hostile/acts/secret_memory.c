#include <sys/syscall.h>

#include "act.h"
ACT(secret_memory) {
  answer(call, syscall(SYS_memfd_secret, 0));
}
