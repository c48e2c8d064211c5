/* The layout of major 1 on 64-bit machines, pinned: a change of any line breaks every function already built.
 * Included by a C and a C++ test. */
#ifndef SDK_ABI_LAYOUT_H
#define SDK_ABI_LAYOUT_H

#include <sojourn/abi.h>

#ifdef __cplusplus
#define PIN(condition) static_assert(condition, "the layout of ABI major 1 is frozen")
#else
#define PIN(condition) _Static_assert(condition, "the layout of ABI major 1 is frozen")
#endif
#define PIN_AT(type, member, offset) PIN(offsetof(type, member) == (offset))

PIN(sizeof(void*) == 8);
PIN(sizeof(sj_bytes) == 16);
PIN_AT(sj_bytes, size, 8);
PIN(sizeof(sj_field) == 32);
PIN_AT(sj_field, value, 16);
PIN(sizeof(sj_fields) == 16);
PIN_AT(sj_fields, count, 8);

PIN(sizeof(sj_request) == 104);
PIN_AT(sj_request, size, 0);
PIN_AT(sj_request, method, 8);
PIN_AT(sj_request, path, 24);
PIN_AT(sj_request, query, 40);
PIN_AT(sj_request, remote, 56);
PIN_AT(sj_request, headers, 72);
PIN_AT(sj_request, body, 88);

PIN(sizeof(sj_response) == 48);
PIN_AT(sj_response, size, 0);
PIN_AT(sj_response, status, 8);
PIN_AT(sj_response, streamed, 12);
PIN_AT(sj_response, headers, 16);
PIN_AT(sj_response, body, 32);

PIN(sizeof(sj_failure) == 56);
PIN_AT(sj_failure, size, 0);
PIN_AT(sj_failure, status, 8);
PIN_AT(sj_failure, flags, 12);
PIN_AT(sj_failure, retry_ms, 16);
PIN_AT(sj_failure, type, 24);
PIN_AT(sj_failure, message, 40);

PIN(sizeof(sj_host) == 152); /* 136 in minor 0, 144 in minor 1 */
PIN_AT(sj_host, size, 0);
PIN_AT(sj_host, major, 8);
PIN_AT(sj_host, minor, 12);
PIN_AT(sj_host, log, 16);
PIN_AT(sj_host, value, 24);
PIN_AT(sj_host, time_left_ns, 32);
PIN_AT(sj_host, cancelled, 40);
PIN_AT(sj_host, reply, 48);
PIN_AT(sj_host, fail, 56);
PIN_AT(sj_host, begin, 64);
PIN_AT(sj_host, write, 72);
PIN_AT(sj_host, end, 80);
PIN_AT(sj_host, next, 88);
PIN_AT(sj_host, call, 96);
PIN_AT(sj_host, emit, 104);
PIN_AT(sj_host, state, 112);
PIN_AT(sj_host, lease, 120);
PIN_AT(sj_host, connect, 128);
PIN_AT(sj_host, read, 136);
PIN_AT(sj_host, enqueue, 144);

PIN(sizeof(sj_entry) == 24);
PIN_AT(sj_entry, size, 0);
PIN_AT(sj_entry, major, 8);
PIN_AT(sj_entry, kind, 12);
PIN_AT(sj_entry, invoke, 16);

PIN(sizeof(sj_module) == 40);
PIN_AT(sj_module, size, 0);
PIN_AT(sj_module, major, 8);
PIN_AT(sj_module, reserved, 12);
PIN_AT(sj_module, init, 16);
PIN_AT(sj_module, start, 24);
PIN_AT(sj_module, stop, 32);

PIN(SJ_ABI_MAJOR == 1);
PIN(SJ_ELIMIT == -1 && SJ_EDENIED == -2 && SJ_EGONE == -3 && SJ_ETIME == -4 && SJ_EMISSING == -5);
PIN(SJ_EINVAL == -6 && SJ_EDIED == -7 && SJ_EUNAVAILABLE == -8 && SJ_ETAKEN == -9);
PIN(SJ_EBUSY == -10 && SJ_ELOOP == -11);
PIN(SJ_DEBUG == 0 && SJ_INFO == 1 && SJ_WARN == 2 && SJ_ERROR == 3);
PIN(SJ_FUNCTION == 1 && SJ_DECORATOR == 2 && SJ_HANDLER == 3);
PIN(SJ_FAIL_PERMANENT == 1 && SJ_FAIL_RETRY_AFTER == 2);
PIN(SJ_CALL_ID == 1 && SJ_TRACEPARENT == 2 && SJ_NAME == 3 && SJ_VERSION == 4 && SJ_ATTEMPT == 5);
PIN(SJ_IDEMPOTENCY_KEY == 6 && SJ_ENV == 7 && SJ_SECRET == 8 && SJ_WITH == 9 && SJ_ITEM_FILE == 10);
PIN(SJ_STATE_GET == 1 && SJ_STATE_SET == 2 && SJ_STATE_COMPARE_AND_SET == 3 && SJ_STATE_INCREMENT == 4);
PIN(SJ_STATE_REMOVE == 5);
PIN(SJ_NOTE_TYPE == 0x736f && sizeof(SJ_NOTE_OWNER) == 8);

#endif
