#include "act.h"
ACT(header_injection) {
  const sj_field field = {{"x-a", 3}, {"b\r\nset-cookie: stolen=1", 23}};
  sj_response response;
  memset(&response, 0, sizeof response);
  response.size = sizeof response;
  response.status = 200;
  response.headers.items = &field;
  response.headers.count = 1;
  act_host->reply(call, &response);
}
