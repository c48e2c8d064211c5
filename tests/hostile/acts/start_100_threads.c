#include <pthread.h>

#include "act.h"
static void* wait_for_ever(void* nothing) {
  for (;;) pause();
  return nothing;
}
ACT(start_100_threads) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 16384);
  int error = 0;
  for (int i = 0; i < 100 && error == 0; ++i) {
    pthread_t thread;
    error = pthread_create(&thread, &small, wait_for_ever, NULL);
  }
  say(call, "%s", error == 0 ? "allowed" : strerrorname_np(error));
}
