#include <sys/syscall.h>

#include "act.h"
ACT(userfault) {
  answer(call, syscall(SYS_userfaultfd, 0));
}
