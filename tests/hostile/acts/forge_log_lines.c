#include "act.h"
ACT(forge_log_lines) {
  const char text[] = "evil\r\n{\"level\":\"info\",\"message\":\"forged\"}\n\x1b[2J\x1b[31mred";
  const sj_bytes bytes = {text, sizeof text - 1};
  const sj_fields none = {NULL, 0};
  act_host->log(call, SJ_INFO, bytes, none);
  fwrite(text, 1, sizeof text - 1, stderr);
  say(call, "logged");
}
