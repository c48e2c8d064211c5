#include <sys/mman.h>

#include "act.h"
ACT(giant_reply) {
  const size_t size = 64u << 20;
  char* body = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (body == MAP_FAILED) {
    say(call, "no memory");
    return;
  }
  sj_response response;
  memset(&response, 0, sizeof response);
  response.size = sizeof response;
  response.status = 200;
  response.body.data = body;
  response.body.size = size;
  if (act_host->reply(call, &response) != SJ_OK) say(call, "refused by the host");
}
