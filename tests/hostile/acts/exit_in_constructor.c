#include "act.h"
__attribute__((constructor)) static void leave(void) {
  _exit(7);
}
ACT(exit_in_constructor) {
  say(call, "loaded");
}
