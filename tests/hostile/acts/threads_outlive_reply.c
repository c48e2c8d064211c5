// Answers, and leaves a thread behind that burns and writes to every descriptor's neighbour, its own heap, for ever.
#include <pthread.h>

#include "act.h"
static void* burn(void* nothing) {
  for (volatile unsigned long n = 0;; ++n) {
  }
  return nothing;
}
ACT(threads_outlive_reply) {
  pthread_t thread;
  pthread_create(&thread, NULL, burn, NULL);
  say(call, "burning");
}
