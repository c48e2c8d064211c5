#include <signal.h>

#include "act.h"
ACT(kill_parent) {
  answer(call, kill(getppid(), SIGKILL));
}
