// Asks whether it might signal the template, by the one call for it that the filter has to let through.
#include <sys/syscall.h>

#include "act.h"
ACT(signal_template) {
  answer(call, syscall(SYS_tgkill, 1, 1, 0));
}
