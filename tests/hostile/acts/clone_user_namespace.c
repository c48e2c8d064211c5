#include <sys/syscall.h>

#include "act.h"
ACT(clone_user_namespace) {
  answer(call, syscall(SYS_clone, 0x10000000 | 17, 0, 0, 0, 0));
}
