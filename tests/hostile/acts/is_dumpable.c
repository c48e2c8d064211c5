// Answers whether others of its user may look into this process.
#include <sys/prctl.h>

#include "act.h"
ACT(is_dumpable) {
  say(call, "%d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}
