/* The Sojourn ABI, major 1: what a function and the process that hosts it know of each other.
 *
 * Plain C11, nothing but fixed-size integers, pointers and function pointers, so that C, C++, Rust, Zig or
 * anything else that can make a shared object can be a function. C++ authors use <sojourn/function.h>,
 * which is made of nothing but this.
 *
 * Growth     Every struct begins with its own size in bytes and grows only at its end; a reader looks at
 *            `size` before it reads a field that major 1 did not begin with. Values are never renumbered.
 * Lifetime   What the host passes in lives until the entry returns. What a function passes to the host is
 *            copied before the host function returns. Nobody frees the other's memory.
 * Threads    An instance runs one call at a time. Host functions are for the thread that entered, except
 *            log and cancelled, which any thread may use while the call runs.
 * Unwinding  Nothing may unwind or longjmp across an entry or a host function. C++ catches at the edge.
 * Errors     0 is done; a negative value is one of SJ_E....
 */
#ifndef SOJOURN_ABI_H
#define SOJOURN_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SJ_ABI_MAJOR 1u
#define SJ_ABI_MAJOR_TEXT "1" /* for notes */
#define SJ_ABI_MINOR 2u

/* Bytes: not NUL-terminated, may hold NUL. data may be NULL when size is 0. */
typedef struct sj_bytes {
  const char* data;
  size_t size;
} sj_bytes;

/* One header field. Names are lower-case; a repeated field is a repeated entry. */
typedef struct sj_field {
  sj_bytes name;
  sj_bytes value;
} sj_field;

typedef struct sj_fields {
  const sj_field* items;
  size_t count;
} sj_fields;

/* One call, or one init/start; all state of the host hangs on it. Opaque. */
typedef struct sj_call sj_call;

typedef struct sj_request {
  size_t size;
  sj_bytes method; /* "GET" */
  sj_bytes path;   /* what follows the function's name, decoded once; "/" when nothing does */
  sj_bytes query;  /* as sent, without the question mark */
  sj_bytes remote; /* the peer's address without its port */
  sj_fields headers;
  sj_bytes body;
} sj_request;

typedef struct sj_response {
  size_t size;
  int32_t status; /* 200..599 */
  /* Of next and call: 1 when the body is empty here and comes from sj_host.read, piece by piece. Else 0. */
  int32_t streamed;
  sj_fields headers;
  sj_bytes body; /* ignored by begin */
} sj_response;

/* How a call failed; see sj_host.fail. */
typedef struct sj_failure {
  size_t size;
  int32_t status;   /* 400..599: an answer with `message` as its text; 0: a fault, the caller sees a generic 500 */
  uint32_t flags;   /* SJ_FAIL_... */
  int64_t retry_ms; /* with SJ_FAIL_RETRY_AFTER: milliseconds until another attempt makes sense */
  sj_bytes type;    /* for the log: the exception's type */
  sj_bytes message;
} sj_failure;

enum { SJ_FAIL_PERMANENT = 1, SJ_FAIL_RETRY_AFTER = 2 };

enum {
  SJ_OK = 0,
  SJ_ELIMIT = -1,       /* a limit of the function's configuration */
  SJ_EDENIED = -2,      /* the manifest does not allow it */
  SJ_EGONE = -3,        /* the client has left */
  SJ_ETIME = -4,        /* the deadline has passed */
  SJ_EMISSING = -5,     /* no such name */
  SJ_EINVAL = -6,       /* the arguments are wrong, or this is not the moment */
  SJ_EDIED = -7,        /* the other end died */
  SJ_EUNAVAILABLE = -8, /* this host does not offer it */
  SJ_ETAKEN = -9,       /* somebody else was first: a revision that moved on, a lease that is held */
  SJ_EBUSY = -10,       /* whoever should answer has no capacity left */
  SJ_ELOOP = -11,       /* it would call a function that waits for this very call */
  SJ_EFORBIDDEN = -12,  /* connect: the name leads to an address that functions may not reach */
  SJ_EUNREACHED = -13   /* connect: the name was not resolved, or nobody answers there */
};

enum { SJ_DEBUG = 0, SJ_INFO = 1, SJ_WARN = 2, SJ_ERROR = 3 };

/* What an entry is. */
enum { SJ_FUNCTION = 1, SJ_DECORATOR = 2, SJ_HANDLER = 3 };

/* What sj_host.value answers. Numbers come as decimal text. */
enum {
  SJ_CALL_ID = 1,
  SJ_TRACEPARENT = 2,
  SJ_NAME = 3,    /* the function's name */
  SJ_VERSION = 4, /* its version number */
  SJ_ATTEMPT = 5, /* 1 for the first */
  SJ_IDEMPOTENCY_KEY = 6,
  SJ_ENV = 7,       /* key: the variable's name */
  SJ_SECRET = 8,    /* key: the secret's name; never during init */
  SJ_WITH = 9,      /* the configuration as JSON text; key: empty */
  SJ_ITEM_FILE = 10 /* the path of a file that holds the body of this call; made when it is asked for, gone with the
                       call. SJ_ELIMIT: it does not fit into /tmp, whose size is the function's `tmp` */
};

/* sj_host.state: operations. SJ_ETAKEN when a compare-and-set found another revision than *revision, where 0
   stands for no such key; SJ_EMISSING when a get finds nothing. An increment takes and gives decimal text. */
enum { SJ_STATE_GET = 1, SJ_STATE_SET = 2, SJ_STATE_COMPARE_AND_SET = 3, SJ_STATE_INCREMENT = 4, SJ_STATE_REMOVE = 5 };

typedef struct sj_host {
  size_t size;
  uint32_t major;
  uint32_t minor;

  /* Writes a log line of the call. Bounded by the function's logLimit; what does not fit is counted. Any thread. */
  void (*log)(sj_call* call, int level, sj_bytes text, sj_fields more);
  /* A fact about the call; *out lives until the entry returns. SJ_EMISSING when there is none. */
  int (*value)(sj_call* call, int what, sj_bytes key, sj_bytes* out);
  /* Nanoseconds until the deadline, negative after it. INT64_MAX when there is none. */
  int64_t (*time_left_ns)(const sj_call* call);
  /* 1 once the client has left or the call was cancelled, else 0. Any thread. */
  int (*cancelled)(const sj_call* call);

  /* Exactly one of these answers a call: reply, fail, or begin, write*, end. A second answer is SJ_EINVAL. */
  int (*reply)(sj_call* call, const sj_response* response);
  int (*fail)(sj_call* call, const sj_failure* failure);
  int (*begin)(sj_call* call, const sj_response* head);
  /* Waits for room. SJ_EGONE when the client left, SJ_ETIME past the deadline. */
  int (*write)(sj_call* call, sj_bytes chunk);
  int (*end)(sj_call* call, sj_fields trailers);

  /* A decorator's way inwards, any number of times. SJ_OK also when an inner link failed: *out is then the reply that a
     client would get of that failure. SJ_ETIME past the deadline, SJ_EGONE once the client has left (cancelled is 1),
     SJ_ELIMIT when the request is larger than the inner link takes or the reply does not fit into memory, SJ_EINVAL for
     what HTTP does not allow, SJ_EUNAVAILABLE where nothing is inside. *out lives until the next call of next or call,
     or the return of the entry. */
  int (*next)(sj_call* call, const sj_request* request, const sj_response** out);
  /* Calls another function, NAME or NAME@VERSION, that the manifest names under `calls`. As next, and SJ_EDENIED. */
  int (*call)(sj_call* call, sj_bytes function, const sj_request* request, const sj_response** out);
  /* An event that is committed when the call succeeds, before its reply goes out: with a status below 400, and a stream
     to its end. Attributes are those of CloudEvents, names of at most 64 lower-case letters and digits; `type` must be
     there, and must stand under the manifest's `emits`. The host sets source and specversion, and id and time where
     they are missing. SJ_EDENIED: not under `emits`. SJ_EINVAL: the attributes are not well formed. SJ_ELIMIT: more
     than 256 events, or 6 MiB, of one call. */
  int (*emit)(sj_call* call, sj_fields attributes, sj_bytes data);
  /* The function's own key-value state. ttl_ms 0: none. revision: in, what is expected; out, what is stored. *out lives
     until the next call of state. */
  int (*state)(sj_call* call, int operation, sj_bytes key, sj_bytes value, int64_t ttl_ms, uint64_t* revision,
               sj_bytes* out);
  /* Takes or renews a lease on a name; *fence grows with each owner. */
  int (*lease)(sj_call* call, sj_bytes name, int64_t ttl_ms, uint64_t* fence);
  /* A connected stream socket to a name under `connect` (the caller closes it), or SJ_E.... */
  int (*connect)(sj_call* call, sj_bytes name);

  /* Since minor 1. The next piece of the streamed body that next or call gave last: waits for it. 1: *chunk has it,
     until the next read. 0: the body is complete. SJ_EDIED: it broke off. SJ_EGONE, SJ_ETIME as next; SJ_EINVAL: no
     streamed body. A stream that is not read to its end is given up by the next call of next or call, or by the answer.
   */
  int (*read)(sj_call* call, sj_bytes* chunk);

  /* Since minor 2. An item for a queue that the manifest names under `enqueues`; else as emit. */
  int (*enqueue)(sj_call* call, sj_bytes queue, sj_fields attributes, sj_bytes data);
} sj_host;

/* One per function in the object, exported under the name that its note gives as `symbol`. */
typedef struct sj_entry {
  size_t size;
  uint32_t major; /* SJ_ABI_MAJOR */
  uint32_t kind;  /* SJ_FUNCTION, SJ_DECORATOR, SJ_HANDLER */
  /* SJ_OK when the call was answered through the host; anything else is a fault of the function. */
  int (*invoke)(const sj_host* host, sj_call* call, const sj_request* request);
} sj_entry;

/* Optional, at most one per object, exported as `sojourn_module`. Each member may be NULL. */
typedef struct sj_module {
  size_t size;
  uint32_t major;
  uint32_t reserved;
  /* Once, before any instance is forked; without secrets. What it builds is shared copy-on-write.
     On failure it calls host->fail and returns non-zero: the deploy is refused with that message. */
  int (*init)(const sj_host* host, sj_call* call);
  /* Once in every instance, after the fork and before its first call: reseed generators, connect. */
  int (*start)(const sj_host* host, sj_call* call);
  /* In an instance that retires in order, never in one that is killed; 1 s at most. */
  void (*stop)(const sj_host* host, sj_call* call);
} sj_module;

#define SJ_MODULE_SYMBOL "sojourn_module"

/* The note by which an object describes itself; it is read without running anything.
   An ELF note of the section .note.sojourn, owner "Sojourn", type SJ_NOTE_TYPE, one per entry, whose
   descriptor is lines of key=value: abi (the major it was built for), kind (function, decorator or
   handler), name (what it is deployed as unless told otherwise; '_' is read as '-'), symbol (of its
   sj_entry), and, last, with=SCHEMA: what its configuration may look like, as a JSON Schema in the subset of
   sojourn/schema.h, which may have several lines. A note with symbol and with but without kind adds the schema to
   the entry of that symbol. The text ends with one NUL. Several notes stand in no particular order. */
#define SJ_NOTE_OWNER "Sojourn"
#define SJ_NOTE_TYPE 0x736Fu
#define SJ_NOTE_SECTION ".note.sojourn"

#define SJ_NOTE(ident, text)                                                        \
  __attribute__((section(SJ_NOTE_SECTION), used, aligned(4))) static const struct { \
    uint32_t owner_size;                                                            \
    uint32_t text_size;                                                             \
    uint32_t type;                                                                  \
    char owner[8];                                                                  \
    char content[(sizeof(text) + 3u) & ~(size_t)3u];                                \
  } sojourn_note_##ident = {8u, (uint32_t)sizeof(text), SJ_NOTE_TYPE, SJ_NOTE_OWNER, text}

/* A handler's 2xx reply with this field ends its branch of a pipeline: the event was looked at and not wanted. */
#define SJ_FILTERED_HEADER "x-sojourn-filtered"

#define SJ_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
}
#endif

#endif
