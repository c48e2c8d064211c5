#include "act.h"
__attribute__((constructor)) static void crash(void) {
  *(volatile int*)8 = 1;
}
ACT(crash_in_constructor) {
  say(call, "loaded");
}
