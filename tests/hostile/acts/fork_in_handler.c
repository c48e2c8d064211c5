#include "act.h"
ACT(fork_in_handler) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  answer(call, child);
}
