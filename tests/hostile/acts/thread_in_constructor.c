#include <pthread.h>

#include "act.h"
static void* wait_for_ever(void* nothing) {
  for (;;) pause();
  return nothing;
}
__attribute__((constructor)) static void start(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, wait_for_ever, NULL);
}
ACT(thread_in_constructor) {
  say(call, "loaded");
}
