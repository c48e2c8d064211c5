// Streams without end to a client that asked for a page.
#include "act.h"
static char block[65536];
ACT(endless_reply) {
  sj_response head;
  memset(&head, 0, sizeof head);
  head.size = sizeof head;
  head.status = 200;
  if (act_host->begin(call, &head) != SJ_OK) return;
  const sj_bytes piece = {block, sizeof block};
  while (act_host->write(call, piece) == SJ_OK) {
  }
}
