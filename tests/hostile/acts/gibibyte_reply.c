// A reply that claims 1 GiB it does not have.
#include "act.h"
static char little[4096];
ACT(gibibyte_reply) {
  sj_response response;
  memset(&response, 0, sizeof response);
  response.size = sizeof response;
  response.status = 200;
  response.body.data = little;
  response.body.size = 1u << 30;
  if (act_host->reply(call, &response) != SJ_OK) say(call, "refused by the host");
}
