#include <sojourn/abi.h>

static int invoke(const sj_host* host, sj_call* call, const sj_request* request) {
  sj_response response = {sizeof response, 200, 0, {NULL, 0}, request->body};
  return host->reply(call, &response);
}

SJ_EXPORT const sj_entry sojourn_entry_plain_c = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, invoke};
SJ_NOTE(plain_c, "abi=" SJ_ABI_MAJOR_TEXT "\nkind=function\nname=plain-c\nsymbol=sojourn_entry_plain_c\n");
