#include <sys/syscall.h>

#include "act.h"
ACT(restart_the_machine) {
  answer(call, syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, NULL));
}
