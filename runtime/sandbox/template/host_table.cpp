#include "runtime/sandbox/template/host_call.h"

namespace sojourn {
namespace {

// Whether a struct that the function filled in begins with at least the fields that ABI 1 began with.
template <class T>
bool usable(const T* given) {
  return given != nullptr && given->size >= sizeof(T);
}

int unavailable_next(sj_call*, const sj_request*, const sj_response**) {
  return SJ_EUNAVAILABLE;
}
int unavailable_call(sj_call*, sj_bytes, const sj_request*, const sj_response**) {
  return SJ_EUNAVAILABLE;
}
int unavailable_emit(sj_call*, sj_fields, sj_bytes) {
  return SJ_EUNAVAILABLE;
}
int unavailable_state(sj_call*, int, sj_bytes, sj_bytes, int64_t, uint64_t*, sj_bytes*) {
  return SJ_EUNAVAILABLE;
}
int unavailable_lease(sj_call*, sj_bytes, int64_t, uint64_t*) {
  return SJ_EUNAVAILABLE;
}
int unavailable_connect(sj_call*, sj_bytes) {
  return SJ_EUNAVAILABLE;
}

constexpr sj_host kTable = {
    sizeof(sj_host),
    SJ_ABI_MAJOR,
    SJ_ABI_MINOR,
    [](sj_call* call, int level, sj_bytes text, sj_fields more) {
      if (call != nullptr) call->log(level, text, more);
    },
    [](sj_call* call, int what, sj_bytes key, sj_bytes* out) {
      return call != nullptr && out != nullptr ? call->value(what, key, out) : SJ_EINVAL;
    },
    [](const sj_call* call) { return call != nullptr ? call->time_left_ns() : INT64_MAX; },
    [](const sj_call* call) { return call != nullptr ? const_cast<sj_call*>(call)->cancelled() : 0; },
    [](sj_call* call, const sj_response* response) {
      return call != nullptr && usable(response) ? call->reply(*response) : SJ_EINVAL;
    },
    [](sj_call* call, const sj_failure* failure) {
      return call != nullptr && usable(failure) ? call->fail(*failure) : SJ_EINVAL;
    },
    [](sj_call* call, const sj_response* head) {
      return call != nullptr && usable(head) ? call->begin(*head) : SJ_EINVAL;
    },
    [](sj_call* call, sj_bytes chunk) { return call != nullptr ? call->write(chunk) : SJ_EINVAL; },
    [](sj_call* call, sj_fields trailers) { return call != nullptr ? call->end(trailers) : SJ_EINVAL; },
    unavailable_next,
    unavailable_call,
    unavailable_emit,
    unavailable_state,
    unavailable_lease,
    unavailable_connect,
};

}  // namespace

const sj_host& host_table() {
  return kTable;
}

}  // namespace sojourn
