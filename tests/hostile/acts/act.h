// What every hostile act shares: it is a function of its own whose body does one forbidden thing and, if it survives,
// answers with what came of it ("allowed", or the name of the errno).
//
//   #include "act.h"
//   ACT(open_passwd) { answer(call, open("/etc/passwd", O_RDONLY)); }
#ifndef SOJOURN_TESTS_ACT_H
#define SOJOURN_TESTS_ACT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/abi.h>

#ifdef __cplusplus
#define ACT_C extern "C"
#else
#define ACT_C
#endif

static const sj_host* act_host;

static inline void say(sj_call* call, const char* format, ...) __attribute__((format(printf, 2, 3)));
static inline void say(sj_call* call, const char* format, ...) {
  char text[512];
  va_list values;
  va_start(values, format);
  const int length = vsnprintf(text, sizeof text, format, values);
  va_end(values);
  sj_response response;
  memset(&response, 0, sizeof response);
  response.size = sizeof response;
  response.status = 200;
  response.body.data = text;
  response.body.size = (size_t)length;
  act_host->reply(call, &response);
}

// The result of a system call: what an honest kernel said.
static inline void answer(sj_call* call, long result) {
  if (result >= 0) {
    say(call, "allowed");
  } else {
    say(call, "%s", strerrorname_np(errno));
  }
}

#define ACT(ident)                                                                                          \
  static void act_##ident(sj_call* call, const sj_request* request);                                        \
  static int act_invoke_##ident(const sj_host* host, sj_call* call, const sj_request* request) {            \
    act_host = host;                                                                                        \
    act_##ident(call, request);                                                                             \
    return SJ_OK;                                                                                           \
  }                                                                                                         \
  ACT_C SJ_EXPORT const sj_entry sojourn_entry_##ident;                                                     \
  const sj_entry sojourn_entry_##ident = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, act_invoke_##ident}; \
  SJ_NOTE(ident, "abi=1\nkind=function\nname=" #ident "\nsymbol=sojourn_entry_" #ident "\n");               \
  static void act_##ident(sj_call* call __attribute__((unused)), const sj_request* request __attribute__((unused)))

#endif
