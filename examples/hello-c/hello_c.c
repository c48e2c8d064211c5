#include <stdio.h>
#include <string.h>

#include <sojourn/abi.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }

/* The value of `name=` in the query, as it stands there; "world" when there is none. */
static sj_bytes name_in(sj_bytes query) {
  const sj_bytes world = TEXT("world");
  static const char key[] = "name=";
  const size_t key_size = sizeof key - 1;
  size_t at = 0;
  while (at < query.size) {
    const char* pair = query.data + at;
    const char* mark = memchr(pair, '&', query.size - at);
    const size_t size = mark != NULL ? (size_t)(mark - pair) : query.size - at;
    if (size >= key_size && memcmp(pair, key, key_size) == 0) {
      const sj_bytes value = {pair + key_size, size - key_size};
      return value;
    }
    at += size + 1;
  }
  return world;
}

static int refuse(const sj_host* host, sj_call* call) {
  const sj_failure failure = {sizeof failure, 422, 0, 0, TEXT(""), TEXT("a name has at most 100 bytes\n")};
  return host->fail(call, &failure);
}

static int hello_c(const sj_host* host, sj_call* call, const sj_request* request) {
  const sj_bytes name = name_in(request->query);
  if (name.size > 100) return refuse(host, call);

  char text[128];
  const int size = snprintf(text, sizeof text, "hello from C, %.*s\n", (int)name.size, name.data);
  const sj_field type = {TEXT("content-type"), TEXT("text/plain; charset=utf-8")};
  const sj_response response = {sizeof response, 200, 0, {&type, 1}, {text, (size_t)size}};
  return host->reply(call, &response);
}

SJ_EXPORT const sj_entry sojourn_entry_hello_c = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, hello_c};
SJ_NOTE(hello_c, "abi=" SJ_ABI_MAJOR_TEXT "\nkind=function\nname=hello-c\nsymbol=sojourn_entry_hello_c\n");
