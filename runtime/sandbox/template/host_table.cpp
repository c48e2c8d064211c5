#include <cstdint>

#include "runtime/sandbox/template/host_call.h"

namespace sojourn {
namespace {

// Whether a struct that the function filled in begins with at least the fields that ABI 1 began with.
template <class T>
bool usable(const T* given) {
  return given != nullptr && given->size >= sizeof(T);
}

constexpr std::uint32_t kAbiFlags = 0xFFFF;

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
    [](sj_call* call, const sj_failure* failure) -> int {
      if (call == nullptr || !usable(failure)) return SJ_EINVAL;
      sj_failure given = *failure;
      given.flags &= kAbiFlags;
      return call->fail(given);
    },
    [](sj_call* call, const sj_response* head) {
      return call != nullptr && usable(head) ? call->begin(*head) : SJ_EINVAL;
    },
    [](sj_call* call, sj_bytes chunk) { return call != nullptr ? call->write(chunk) : SJ_EINVAL; },
    [](sj_call* call, sj_fields trailers) { return call != nullptr ? call->end(trailers) : SJ_EINVAL; },
    [](sj_call* call, const sj_request* request, const sj_response** out) {
      return call != nullptr && usable(request) && out != nullptr ? call->next(*request, out) : SJ_EINVAL;
    },
    [](sj_call* call, sj_bytes function, const sj_request* request, const sj_response** out) {
      return call != nullptr && usable(request) && out != nullptr ? call->call(function, *request, out) : SJ_EINVAL;
    },
    [](sj_call* call, sj_fields attributes, sj_bytes data) {
      return call != nullptr ? call->emit(attributes, data) : SJ_EINVAL;
    },
    [](sj_call* call, int operation, sj_bytes key, sj_bytes value, int64_t ttl_ms, uint64_t* revision, sj_bytes* out) {
      return call != nullptr ? call->state(operation, key, value, ttl_ms, revision, out) : SJ_EINVAL;
    },
    [](sj_call* call, sj_bytes name, int64_t ttl_ms, uint64_t* fence) {
      return call != nullptr ? call->lease(name, ttl_ms, fence) : SJ_EINVAL;
    },
    [](sj_call* call, sj_bytes name) { return call != nullptr ? call->connect(name) : SJ_EINVAL; },
    [](sj_call* call, sj_bytes* chunk) { return call != nullptr && chunk != nullptr ? call->read(chunk) : SJ_EINVAL; },
    [](sj_call* call, sj_bytes queue, sj_fields attributes, sj_bytes data) {
      return call != nullptr ? call->enqueue(queue, attributes, data) : SJ_EINVAL;
    },
};

}  // namespace

const sj_host& host_table() {
  return kTable;
}

}  // namespace sojourn
