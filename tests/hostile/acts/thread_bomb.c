// Starts threads until it may not; answers how many it got.
#include <pthread.h>

#include "act.h"
static void* wait_for_ever(void* nothing) {
  for (;;) pause();
  return nothing;
}
ACT(thread_bomb) {
  int started = 0;
  pthread_t thread;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 16384);
  while (started < 10000 && pthread_create(&thread, &small, wait_for_ever, NULL) == 0) ++started;
  say(call, "%d", started);
}
