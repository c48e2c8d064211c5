#include "act.h"
ACT(busy_loop) {
  for (volatile unsigned long n = 0;; ++n) {
  }
}
