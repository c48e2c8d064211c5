#include "act.h"
ACT(open_100_descriptors) {
  long last = 0;
  for (int i = 0; i < 100 && last >= 0; ++i) last = dup(1);
  answer(call, last);
}
