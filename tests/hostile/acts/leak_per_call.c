#include "act.h"
ACT(leak_per_call) {
  char* piece = malloc(4 << 20);
  if (piece == NULL) abort();
  memset(piece, 1, 4 << 20);
  say(call, "leaked");
}
