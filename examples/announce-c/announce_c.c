#include <sojourn/abi.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }

/* Emits the body of the request as an event, and says that it will be heard. The event is kept when this call succeeds,
   before the client reads the reply. */
static int announce_c(const sj_host* host, sj_call* call, const sj_request* request) {
  const sj_field attributes[] = {
      {TEXT("type"), TEXT("com.example.announced")},
      {TEXT("datacontenttype"), TEXT("text/plain")},
  };
  const sj_fields event = {attributes, 2};
  const int code = host->emit(call, event, request->body);
  if (code != SJ_OK) return code;

  const sj_response response = {sizeof response, 202, 0, {NULL, 0}, {NULL, 0}};
  return host->reply(call, &response);
}

SJ_EXPORT const sj_entry sojourn_entry_announce_c = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, announce_c};
SJ_NOTE(announce_c, "abi=" SJ_ABI_MAJOR_TEXT "\nkind=function\nname=announce-c\nsymbol=sojourn_entry_announce_c\n");
