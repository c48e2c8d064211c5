#include "act.h"
__attribute__((constructor)) static void block(void) {
  for (;;) pause();
}
ACT(block_in_constructor) {
  say(call, "loaded");
}
