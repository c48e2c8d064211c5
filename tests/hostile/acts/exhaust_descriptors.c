#include "act.h"
ACT(exhaust_descriptors) {
  int got = 0;
  while (got < 100000 && dup(1) >= 0) ++got;
  say(call, "%d %s", got, strerrorname_np(errno));
}
