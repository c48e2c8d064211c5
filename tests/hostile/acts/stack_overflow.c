#include "act.h"
static int deeper(int n) {
  volatile char frame[4096];
  frame[0] = (char)n;
  return n == 0 ? 0 : deeper(n + 1) + frame[0];
}
ACT(stack_overflow) {
  say(call, "%d", deeper(1));
}
