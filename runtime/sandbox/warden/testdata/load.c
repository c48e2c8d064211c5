/* Objects that misbehave while they are loaded; built once per ACT. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/abi.h>

SJ_NOTE(load, "abi=1\nkind=function\nname=load\nsymbol=load_entry\n");

static int started;
static int counted;

static void* sit(void* nothing) {
  for (;;) pause();
  return nothing;
}

__attribute__((constructor)) static void construct(void) {
#if ACT == 1
  abort();
#elif ACT == 2
  for (;;) pause();
#elif ACT == 3
  pthread_t thread;
  pthread_create(&thread, NULL, sit, NULL);
#elif ACT == 4
  for (;;) {
    if (fork() == 0) {
      for (;;) pause();
    }
  }
#elif ACT == 5
  exit(3);
#endif
  (void)sit;
}

static int init(const sj_host* host, sj_call* call) {
  counted = 41;
  sj_fields none = {NULL, 0};
  sj_bytes line = {"init was here", 13};
  host->log(call, SJ_INFO, line, none);
#if ACT == 6
  sj_bytes type = {"my::error", 9}, message = {"no data file", 12};
  sj_failure failure = {sizeof failure, 0, 0, 0, type, message};
  host->fail(call, &failure);
  return 1;
#endif
  return SJ_OK;
}

static int start(const sj_host* host, sj_call* call) {
  started = 1;
#if ACT == 7
  sj_bytes type = {"my::error", 9}, message = {"no secret", 9};
  sj_failure failure = {sizeof failure, 0, 0, 0, type, message};
  host->fail(call, &failure);
  return 1;
#endif
  (void)host, (void)call;
  return SJ_OK;
}

static void stop(const sj_host* host, sj_call* call) {
  (void)host, (void)call;
  fprintf(stderr, "stopped\n");
}

static int invoke(const sj_host* host, sj_call* call, const sj_request* request) {
  (void)request;
  char text[64];
  snprintf(text, sizeof text, "started %d counted %d", started, ++counted);
  sj_response response = {sizeof response, 200, 0, {NULL, 0}, {text, strlen(text)}};
  return host->reply(call, &response);
}

SJ_EXPORT const sj_entry load_entry = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, invoke};
SJ_EXPORT const sj_module sojourn_module = {sizeof(sj_module), SJ_ABI_MAJOR, 0, init, start, stop};
