#include "bench/limits/bare_function.h"

#include <dlfcn.h>

#include "bench/measure/fail.h"

// What the ABI leaves opaque: here, the place for the reply.
struct sj_call {
  std::string* body;
};

namespace bench {
namespace {

sj_bytes bytes(std::string_view text) {
  return {text.data(), text.size()};
}

void drop_log(sj_call*, int, sj_bytes, sj_fields) {}
int no_value(sj_call*, int, sj_bytes, sj_bytes*) {
  return SJ_EMISSING;
}
std::int64_t no_deadline(const sj_call*) {
  return INT64_MAX;
}
int never_cancelled(const sj_call*) {
  return 0;
}
int take_reply(sj_call* call, const sj_response* response) {
  call->body->assign(response->body.data, response->body.size);
  return SJ_OK;
}
int take_failure(sj_call*, const sj_failure* failure) {
  fail(std::string(failure->message.data, failure->message.size).c_str());
}

sj_host bare_host() {
  sj_host host{};
  host.size = sizeof host;
  host.major = SJ_ABI_MAJOR;
  host.minor = SJ_ABI_MINOR;
  host.log = drop_log;
  host.value = no_value;
  host.time_left_ns = no_deadline;
  host.cancelled = never_cancelled;
  host.reply = take_reply;
  host.fail = take_failure;
  return host;
}

}  // namespace

BareFunction::BareFunction(const std::string& object, const std::string& symbol) {
  void* handle = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) fail(dlerror());
  entry_ = static_cast<const sj_entry*>(dlsym(handle, symbol.c_str()));
  if (entry_ == nullptr) fail(dlerror());
}

const std::string& BareFunction::call() {
  static const sj_host host = bare_host();
  sj_call call{&body_};
  sj_request request{};
  request.size = sizeof request;
  request.method = bytes("GET");
  request.path = bytes("/");
  if (entry_->invoke(&host, &call, &request) != SJ_OK) fail("the function failed");
  return body_;
}

}  // namespace bench
