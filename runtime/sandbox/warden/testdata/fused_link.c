/* An object with a decorator that does what its `with` says, and a function that does what the path says. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/abi.h>

SJ_NOTE(link, "abi=1\nkind=decorator\nname=link\nsymbol=link_entry\n");
SJ_NOTE(inner, "abi=1\nkind=function\nname=inner\nsymbol=inner_entry\n");

static int init_runs;
static int start_runs;
static int calls;
static char text[1024];

static sj_bytes bytes(const char* from) {
  sj_bytes made = {from, strlen(from)};
  return made;
}

static sj_bytes fact(const sj_host* host, sj_call* call, int what) {
  sj_bytes none = {NULL, 0}, out = none;
  return host->value(call, what, none, &out) == SJ_OK ? out : bytes("none");
}

static int is(sj_bytes text_is, const char* wanted) {
  return text_is.size == strlen(wanted) && memcmp(text_is.data, wanted, text_is.size) == 0;
}

static void log_line(const sj_host* host, sj_call* call, const char* line) {
  sj_fields none = {NULL, 0};
  host->log(call, SJ_INFO, bytes(line), none);
}

static int say(const sj_host* host, sj_call* call, const char* what) {
  sj_response response = {sizeof response, 200, 0, {NULL, 0}, bytes(what)};
  return host->reply(call, &response);
}

static int fail(const sj_host* host, sj_call* call, int status, const char* message) {
  sj_failure failure = {sizeof failure, status, 0, 0, bytes("my::error"), bytes(message)};
  return host->fail(call, &failure);
}

/* ---- the function */

static int facts(const sj_host* host, sj_call* call) {
  sj_bytes name = fact(host, call, SJ_NAME), with = fact(host, call, SJ_WITH), id = fact(host, call, SJ_CALL_ID);
  snprintf(text, sizeof text, "%.*s with %.*s in %.*s init %d start %d", (int)name.size, name.data, (int)with.size,
           with.data, (int)id.size, id.data, init_runs, start_runs);
  return say(host, call, text);
}

static int stream(const sj_host* host, sj_call* call, long size) {
  static char chunk[1000];
  memset(chunk, 's', sizeof chunk);
  sj_fields none = {NULL, 0};
  sj_response head = {sizeof head, 201, 0, none, {NULL, 0}};
  int code = host->begin(call, &head);
  for (long written = 0; code == SJ_OK && written < size; written += (long)sizeof chunk) {
    sj_bytes piece = {chunk, sizeof chunk};
    code = host->write(call, piece);
  }
  return code == SJ_OK ? host->end(call, none) : code;
}

static int function_invoke(const sj_host* host, sj_call* call, const sj_request* request) {
  const long number = request->query.size > 0 ? strtol(request->query.data, NULL, 10) : 0;
  ++calls;
  if (is(request->path, "/facts")) return facts(host, call);
  if (is(request->path, "/throw")) return fail(host, call, 0, "from within");
  if (is(request->path, "/no-room")) {
    sj_failure failure = {sizeof failure, 0, 0, 0, bytes("std::bad_alloc"), bytes("")};
    return host->fail(call, &failure);
  }
  if (is(request->path, "/not-found")) return fail(host, call, 404, "no such thing");
  if (is(request->path, "/silent")) return 5;
  if (is(request->path, "/abort")) abort();
  if (is(request->path, "/stream")) return stream(host, call, number);
  if (is(request->path, "/bad-status")) {
    sj_response response = {sizeof response, 99, 0, {NULL, 0}, bytes("")};
    snprintf(text, sizeof text, "%d", host->reply(call, &response));
    return say(host, call, text);
  }
  if (is(request->path, "/big")) {
    char* const large = malloc((size_t)number);
    memset(large, 'b', (size_t)number);
    sj_response response = {sizeof response, 200, 0, {NULL, 0}, {large, (size_t)number}};
    const int code = host->reply(call, &response);
    free(large);
    return code;
  }
  if (is(request->path, "/jump")) {
    void* place = NULL;
    sscanf(getenv("PLACE"), "%p", &place);
    longjmp(*(jmp_buf*)place, 1);
  }
  if (is(request->path, "/wrong-call")) {
    void* outer = NULL;
    const sj_response* out = NULL;
    sscanf(getenv("OUTER"), "%p", &outer);
    snprintf(text, sizeof text, "%d", host->next(outer, request, &out));
    return say(host, call, text);
  }
  /* What it was given, and two fields of its own. */
  snprintf(text, sizeof text, "%.*s %.*s %.*s %zu %.*s", (int)request->method.size, request->method.data,
           (int)request->path.size, request->path.data, (int)request->query.size, request->query.data,
           request->headers.count, (int)request->remote.size, request->remote.data);
  sj_field fields[] = {{bytes("x-inner"), bytes("1")}, {bytes("x-sojourn-error"), bytes("forged")}};
  sj_response response = {sizeof response, 200, 0, {fields, 2}, bytes(text)};
  if (request->body.size > 0) response.body = request->body;
  return host->reply(call, &response);
}

/* ---- the decorator */

static int pass(const sj_host* host, sj_call* call, const sj_request* request) {
  const sj_response* reply = NULL;
  const int code = host->next(call, request, &reply);
  return code == SJ_OK ? host->reply(call, reply) : code;
}

static int tag(const sj_host* host, sj_call* call, const sj_request* request, sj_bytes value) {
  sj_field fields[32];
  const sj_response* reply = NULL;
  if (host->next(call, request, &reply) != SJ_OK) return 1;
  memcpy(fields, reply->headers.items, reply->headers.count * sizeof *fields);
  fields[reply->headers.count].name = bytes("x-tag");
  fields[reply->headers.count].value = value;
  sj_response mine = *reply;
  mine.headers.items = fields;
  mine.headers.count += 1;
  return host->reply(call, &mine);
}

static int show(const sj_host* host, sj_call* call, const sj_request* request) {
  const sj_response* reply = NULL;
  static char shown[2048];
  const int code = host->next(call, request, &reply);
  if (code != SJ_OK) return code;
  int size = snprintf(shown, sizeof shown, "%d", reply->status);
  for (size_t index = 0; index < reply->headers.count; ++index) {
    const sj_field* field = &reply->headers.items[index];
    size += snprintf(shown + size, sizeof shown - (size_t)size, " %.*s=%.*s", (int)field->name.size, field->name.data,
                     (int)field->value.size, field->value.data);
  }
  snprintf(shown + size, sizeof shown - (size_t)size, " | %.*s",
           (int)(reply->body.size < 1000 ? reply->body.size : 1000), reply->body.data);
  return say(host, call, shown);
}

static int twice(const sj_host* host, sj_call* call, const sj_request* request) {
  static char both[1024];
  const sj_response* reply = NULL;
  int size = 0;
  for (int time = 0; time < 2; ++time) {
    if (host->next(call, request, &reply) != SJ_OK) return 1;
    size += snprintf(both + size, sizeof both - (size_t)size, "[%.*s]", (int)reply->body.size, reply->body.data);
  }
  return say(host, call, both);
}

static int stream_around(const sj_host* host, sj_call* call, const sj_request* request) {
  sj_fields none = {NULL, 0};
  sj_response head = {sizeof head, 200, 0, none, {NULL, 0}};
  const sj_response* reply = NULL;
  if (host->begin(call, &head) != SJ_OK) return 1;
  host->write(call, bytes("<"));
  if (host->next(call, request, &reply) != SJ_OK) return 1;
  host->write(call, reply->body);
  host->write(call, bytes(">"));
  return host->end(call, none);
}

static int jumped_over(const sj_host* host, sj_call* call, const sj_request* request) {
  static jmp_buf place;
  static char address[32];
  const sj_response* reply = NULL;
  snprintf(address, sizeof address, "%p", (void*)&place);
  setenv("PLACE", address, 1);
  if (setjmp(place) == 0) return host->next(call, request, &reply);
  const int code = host->next(call, request, &reply);
  snprintf(text, sizeof text, "jumped, next then says %d", code);
  return say(host, call, text);
}

static int decorator_invoke(const sj_host* host, sj_call* call, const sj_request* request) {
  const sj_bytes with = fact(host, call, SJ_WITH);
  ++calls;
  if (is(with, "pass")) return pass(host, call, request);
  if (is(with, "show")) return show(host, call, request);
  if (is(with, "twice")) return twice(host, call, request);
  if (is(with, "around")) return stream_around(host, call, request);
  if (is(with, "jumped")) return jumped_over(host, call, request);
  if (is(with, "answers")) return say(host, call, "mine");
  if (is(with, "silent")) return 7;
  if (is(with, "abort")) abort();
  if (is(with, "throw")) return fail(host, call, 0, "from the link");
  if (is(with, "count")) {
    log_line(host, call, "counting");
    snprintf(text, sizeof text, "%d init %d start %d", calls, init_runs, start_runs);
    return say(host, call, text);
  }
  if (is(with, "late")) {
    const sj_response* reply = NULL;
    say(host, call, "done");
    snprintf(text, sizeof text, "late next says %d", host->next(call, request, &reply));
    log_line(host, call, text);
    return SJ_OK;
  }
  if (is(with, "publish")) {
    static char address[32];
    snprintf(address, sizeof address, "%p", (void*)call);
    setenv("OUTER", address, 1);
    return pass(host, call, request);
  }
  if (is(with, "stranger")) {
    sj_request changed = *request;
    changed.remote = bytes("192.0.2.1");
    changed.path = bytes("/changed");
    return pass(host, call, &changed);
  }
  return tag(host, call, request, with);
}

/* ---- the object */

static int init(const sj_host* host, sj_call* call) {
  const sj_bytes with = fact(host, call, SJ_WITH);
  ++init_runs;
  snprintf(text, sizeof text, "init %.*s", (int)with.size, with.data);
  log_line(host, call, text);
  return is(with, "init-fails") ? fail(host, call, 0, "no such option") : SJ_OK;
}

static int start(const sj_host* host, sj_call* call) {
  ++start_runs;
  return is(fact(host, call, SJ_WITH), "start-fails") ? fail(host, call, 0, "cannot begin") : SJ_OK;
}

static void stop(const sj_host* host, sj_call* call) {
  const sj_bytes with = fact(host, call, SJ_WITH);
  fprintf(stderr, "stop %.*s\n", (int)with.size, with.data);
}

SJ_EXPORT const sj_entry link_entry = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_DECORATOR, decorator_invoke};
SJ_EXPORT const sj_entry inner_entry = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, function_invoke};
SJ_EXPORT const sj_module sojourn_module = {sizeof(sj_module), SJ_ABI_MAJOR, 0, init, start, stop};
