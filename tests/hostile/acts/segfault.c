#include "act.h"
ACT(segfault) {
  *(volatile int*)8 = 1;
}
