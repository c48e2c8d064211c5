#include <sys/syscall.h>

#include "act.h"
ACT(message_queue) {
  answer(call, syscall(SYS_mq_open, "/q", 0x42, 0600, NULL));
}
