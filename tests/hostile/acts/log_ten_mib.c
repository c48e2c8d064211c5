// One line of 10 MiB, by the log call and on standard error.
#include "act.h"
ACT(log_ten_mib) {
  const size_t size = 10u << 20;
  char* const line = (char*)malloc(size);
  memset(line, 'L', size);
  const sj_bytes bytes = {line, size};
  const sj_fields none = {NULL, 0};
  act_host->log(call, SJ_INFO, bytes, none);
  fwrite(line, 1, size, stderr);
  free(line);
  say(call, "logged");
}
