#include "act.h"
ACT(bad_status) {
  sj_response response;
  memset(&response, 0, sizeof response);
  response.size = sizeof response;
  response.status = 99;
  act_host->reply(call, &response);
}
