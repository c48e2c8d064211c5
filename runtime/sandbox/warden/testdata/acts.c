/* A function that does what the path of its request says, and answers with what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sojourn/abi.h>

SJ_NOTE(acts, "abi=1\nkind=function\nname=acts\nsymbol=acts_entry\n");

static char text[512];

static sj_bytes bytes(const char* from) {
  sj_bytes made = {from, strlen(from)};
  return made;
}

static int say(const sj_host* host, sj_call* call, const char* what) {
  sj_response response = {sizeof response, 200, 0, {NULL, 0}, bytes(what)};
  return host->reply(call, &response);
}

static int say_result(const sj_host* host, sj_call* call, long result) {
  snprintf(text, sizeof text, result < 0 ? "errno %s" : "done %s", result < 0 ? strerrorname_np(errno) : "");
  return say(host, call, text);
}

static int is(const sj_request* request, const char* path) {
  return request->path.size == strlen(path) && memcmp(request->path.data, path, request->path.size) == 0;
}

static long number(const sj_request* request) {
  return strtol(request->query.data, NULL, 10);
}

static volatile int may_go;

static void* sit(void* nothing) {
  while (!may_go) usleep(1000);
  return nothing;
}

static int walls(const sj_host* host, sj_call* call, const sj_request* request) {
  char byte = 0;
  struct iovec piece = {&byte, 1};
  if (is(request, "/open-passwd")) return say_result(host, call, open("/etc/passwd", O_RDONLY));
  if (is(request, "/open-proc")) return say_result(host, call, open("/proc/self/status", O_RDONLY));
  if (is(request, "/open-dev")) return say_result(host, call, open("/dev/null", O_RDWR));
  if (is(request, "/write-fn")) return say_result(host, call, open("/fn/fn.so", O_WRONLY));
  if (is(request, "/create-fn")) return say_result(host, call, open("/fn/x", O_WRONLY | O_CREAT, 0600));
  if (is(request, "/create-root")) return say_result(host, call, open("/x", O_WRONLY | O_CREAT, 0600));
  if (is(request, "/create-lib")) return say_result(host, call, open("/usr/lib/x", O_WRONLY | O_CREAT, 0600));
  if (is(request, "/read-lib")) return say_result(host, call, open("/usr/lib", O_RDONLY | O_DIRECTORY));
  if (is(request, "/write-tmp")) return say_result(host, call, open("/tmp/x", O_WRONLY | O_CREAT | O_TRUNC, 0600));
  if (is(request, "/socket")) return say_result(host, call, socket(AF_INET, SOCK_STREAM, 0));
  if (is(request, "/socket-udp")) return say_result(host, call, socket(AF_INET6, SOCK_DGRAM, 0));
  if (is(request, "/socket-unix")) return say_result(host, call, socket(AF_UNIX, SOCK_STREAM, 0));
  if (is(request, "/fork")) return say_result(host, call, fork());
  if (is(request, "/exec")) return say_result(host, call, execl("/usr/lib/x", "x", NULL));
  if (is(request, "/kill")) return say_result(host, call, kill((pid_t)number(request), SIGKILL));
  if (is(request, "/tgkill"))
    return say_result(host, call, syscall(SYS_tgkill, number(request), number(request), SIGKILL));
  if (is(request, "/kill-all")) return say_result(host, call, kill(-1, SIGKILL));
  if (is(request, "/clone3")) return say_result(host, call, syscall(SYS_clone3, NULL, 0));
  if (is(request, "/userns")) return say_result(host, call, syscall(SYS_clone, 0x10000000, 0, 0, 0, 0));
  if (is(request, "/setuid")) return say_result(host, call, setuid(1));
  if (is(request, "/raise-nofile")) {
    struct rlimit more = {1024, 1024};
    return say_result(host, call, setrlimit(RLIMIT_NOFILE, &more));
  }
  if (is(request, "/ptrace")) return say_result(host, call, ptrace(PTRACE_TRACEME, 0, NULL, NULL));
  if (is(request, "/readv")) return say_result(host, call, process_vm_readv(1, &piece, 1, &piece, 1, 0));
  if (is(request, "/mount")) return say_result(host, call, syscall(SYS_mount, "x", "/tmp", "tmpfs", 0, NULL));
  if (is(request, "/unshare")) return say_result(host, call, unshare(CLONE_NEWUSER));
  if (is(request, "/io_uring")) return say_result(host, call, syscall(425, 1, NULL));
  if (is(request, "/int80")) {
#ifdef __x86_64__
    long result = 20;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    return say_result(host, call, result);
#endif
  }
  if (is(request, "/uid")) {
    snprintf(text, sizeof text, "uid %d pid %d", (int)getuid(), (int)getpid());
    return say(host, call, text);
  }
  if (is(request, "/hostname")) {
    gethostname(text, sizeof text);
    return say(host, call, text);
  }
  return 1;
}

static int ends(const sj_host* host, sj_call* call, const sj_request* request) {
  if (is(request, "/crash")) {
    raise(SIGSEGV);
  }
  if (is(request, "/abort")) abort();
  if (is(request, "/exit")) exit(7);
  if (is(request, "/hang")) {
    for (;;) pause();
  }
  if (is(request, "/spin")) {
    for (volatile long i = 0;; ++i) {
    }
  }
  if (is(request, "/silent")) return SJ_OK;
  if (is(request, "/wrong")) return -42;
  if (is(request, "/twice")) {
    say(host, call, "first");
    say(host, call, "second");
    return SJ_OK;
  }
  if (is(request, "/fail")) {
    sj_failure failure = {sizeof failure, 422, SJ_FAIL_RETRY_AFTER, 1500, bytes("teapot"), bytes("no tea")};
    return host->fail(call, &failure);
  }
  if (is(request, "/bad-alloc")) {
    sj_failure failure = {sizeof failure, 0, 0, 0, bytes("std::bad_alloc"), bytes("no memory")};
    return host->fail(call, &failure);
  }
  return 1;
}

static char* volatile kept;

static int eat_memory(const sj_host* host, sj_call* call) {
  size_t got = 0;
  for (;;) {
    char* block = malloc(1 << 20);
    if (block == NULL) break;
    memset(block, 1, 1 << 20);
    kept = block; /* else a compiler may leave all of it out */
    ++got;
  }
  snprintf(text, sizeof text, "%zu MiB", got);
  return say(host, call, text);
}

/* Shared memory is what no resource limit of one process counts. */
static int eat_shared_memory(const sj_host* host, sj_call* call, const sj_request* request) {
  size_t size = (size_t)number(request);
  char* block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return say_result(host, call, -1);
  memset(block, 1, size);
  return say(host, call, "had it");
}

static int wait_for_cancel(const sj_host* host, sj_call* call) {
  for (int tries = 0; tries < 5000; ++tries) {
    if (host->cancelled(call)) return say(host, call, "cancelled");
    usleep(1000);
  }
  return say(host, call, "never");
}

static int stream(const sj_host* host, sj_call* call, const sj_request* request) {
  sj_field type = {{"content-type", 12}, {"text/plain", 10}};
  sj_response head = {sizeof head, 200, 0, {&type, 1}, {NULL, 0}};
  static char chunk[10000];
  memset(chunk, 'x', sizeof chunk);
  if (host->begin(call, &head) != SJ_OK) return 1;
  for (long left = number(request); left > 0;) {
    size_t size = left < (long)sizeof chunk ? (size_t)left : sizeof chunk;
    sj_bytes piece = {chunk, size};
    int result = host->write(call, piece);
    if (result != SJ_OK) return result;
    left -= (long)size;
  }
  sj_fields none = {NULL, 0};
  return host->end(call, none);
}

static int logs(const sj_host* host, sj_call* call, const sj_request* request) {
  sj_field field = {{"key", 3}, {"value", 5}};
  sj_fields fields = {&field, 1};
  for (long line = number(request); line > 0; --line) host->log(call, SJ_WARN, bytes("a line"), fields);
  printf("printed\n");
  fprintf(stderr, "complained\n");
  return say(host, call, "logged");
}

static int threads(const sj_host* host, sj_call* call, const sj_request* request) {
  pthread_t all[256];
  long made = 0;
  for (; made < number(request) && made < 256; ++made) {
    if (pthread_create(&all[made], NULL, sit, NULL) != 0) break;
  }
  may_go = 1;
  for (long index = 0; index < made; ++index) pthread_join(all[index], NULL);
  snprintf(text, sizeof text, "%ld threads", made);
  return say(host, call, text);
}

static int fill_tmp(const sj_host* host, sj_call* call) {
  static char block[1 << 20];
  int file = 0;
  long written = 0;
  for (int index = 0; index < 64; ++index) {
    char name[32];
    snprintf(name, sizeof name, "/tmp/fill%d", index);
    file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, block, sizeof block) != sizeof block) break;
    close(file);
    ++written;
  }
  snprintf(text, sizeof text, "%ld MiB", written);
  return say(host, call, text);
}

static int facts(const sj_host* host, sj_call* call) {
  sj_bytes name, version, env, secret, id, attempt;
  if (host->value(call, SJ_NAME, bytes(""), &name) || host->value(call, SJ_VERSION, bytes(""), &version) ||
      host->value(call, SJ_ENV, bytes("GREETING"), &env) || host->value(call, SJ_SECRET, bytes("key"), &secret) ||
      host->value(call, SJ_CALL_ID, bytes(""), &id) || host->value(call, SJ_ATTEMPT, bytes(""), &attempt))
    return 1;
  if (host->value(call, SJ_ENV, bytes("NOT"), &name) != SJ_EMISSING) return 2;
  int64_t left = host->time_left_ns(call);
  if (left <= 0 || left > 5000000000) return 3;
  snprintf(text, sizeof text, "%.*s@%.*s %.*s %.*s %.*s %.*s", (int)name.size, name.data, (int)version.size,
           version.data, (int)env.size, env.data, (int)secret.size, secret.data, (int)id.size, id.data,
           (int)attempt.size, attempt.data);
  return say(host, call, text);
}

static int invoke(const sj_host* host, sj_call* call, const sj_request* request) {
  if (is(request, "/echo")) {
    sj_response response = {sizeof response, 200, 0, request->headers, request->body};
    return host->reply(call, &response);
  }
  if (is(request, "/big")) {
    size_t size = (size_t)number(request);
    char* body = malloc(size);
    memset(body, 'b', size);
    sj_response response = {sizeof response, 200, 0, {NULL, 0}, {body, size}};
    int result = host->reply(call, &response);
    free(body);
    return result == SJ_ELIMIT ? SJ_OK : result;
  }
  if (is(request, "/memory")) return eat_memory(host, call);
  if (is(request, "/shared-memory")) return eat_shared_memory(host, call, request);
  if (is(request, "/wait-cancel")) return wait_for_cancel(host, call);
  if (is(request, "/stream")) return stream(host, call, request);
  if (is(request, "/log")) return logs(host, call, request);
  if (is(request, "/threads")) return threads(host, call, request);
  if (is(request, "/fill-tmp")) return fill_tmp(host, call);
  if (is(request, "/facts")) return facts(host, call);
  int result = ends(host, call, request);
  return result == 1 ? walls(host, call, request) : result;
}

SJ_EXPORT const sj_entry acts_entry = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, invoke};
SJ_EXPORT const sj_entry wrong_abi_entry = {sizeof(sj_entry), 99, SJ_FUNCTION, invoke};
