#include <signal.h>

#include "act.h"
ACT(kill_everybody) {
  answer(call, kill(-1, SIGKILL));
}
