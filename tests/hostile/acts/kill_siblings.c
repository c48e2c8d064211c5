// Signals every process number it can think of, by every system call there is for it; answers how often it was let.
#include <signal.h>
#include <sys/syscall.h>

#include "act.h"
ACT(kill_siblings) {
  int allowed = 0;
  for (int pid = 1; pid < 300; ++pid) {
    if (pid == getpid()) continue;
    if (kill(pid, SIGKILL) == 0) ++allowed;
    if (syscall(SYS_tgkill, pid, pid, SIGKILL) == 0) ++allowed;
    if (syscall(SYS_tkill, pid, SIGKILL) == 0) ++allowed;
  }
  say(call, "%d", allowed);
}
