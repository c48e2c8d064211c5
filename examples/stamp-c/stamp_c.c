#include <string.h>

#include <sojourn/abi.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }
#define FIELDS_MAX 64

/* A reply that comes in pieces goes on in pieces. */
static int pass_stream(const sj_host* host, sj_call* call, const sj_response* head) {
  int code = host->begin(call, head);
  sj_bytes chunk;
  while (code == SJ_OK && (code = host->read(call, &chunk)) == 1) code = host->write(call, chunk);
  if (code != SJ_OK) return code;
  const sj_fields no_trailers = {NULL, 0};
  return host->end(call, no_trailers);
}

/* Hands the request on as it is, and the reply back with one field more: the name of this decorator. */
static int stamp_c(const sj_host* host, sj_call* call, const sj_request* request) {
  const sj_response* reply = NULL;
  const int code = host->next(call, request, &reply);
  if (code != SJ_OK) return code;

  sj_field fields[FIELDS_MAX];
  const size_t count = reply->headers.count < FIELDS_MAX ? reply->headers.count : FIELDS_MAX - 1;
  if (count != 0) memcpy(fields, reply->headers.items, count * sizeof fields[0]);
  const sj_field stamp = {TEXT("x-stamp"), TEXT("stamp-c")};
  fields[count] = stamp;
  const sj_response stamped = {sizeof stamped, reply->status, 0, {fields, count + 1}, reply->body};
  return reply->streamed ? pass_stream(host, call, &stamped) : host->reply(call, &stamped);
}

SJ_EXPORT const sj_entry sojourn_entry_stamp_c = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_DECORATOR, stamp_c};
SJ_NOTE(stamp_c, "abi=" SJ_ABI_MAJOR_TEXT "\nkind=decorator\nname=stamp-c\nsymbol=sojourn_entry_stamp_c\n");
