#include "runtime/sandbox/template/module.h"

#include <cerrno>
#include <dlfcn.h>
#include <sched.h>
#include <time.h>

#include "runtime/sandbox/template/init_call.h"

namespace sojourn {
namespace {

constexpr char kObjectPath[] = "/fn/fn.so";

}  // namespace

bool has_other_threads() {
  // Unsharing threads asks for nothing when there is one, and is refused when there are more: an answer that needs no
  // /proc. A thread that has returned may still be on its way out, so the question is put again for a moment.
  constexpr int kTries = 20;
  constexpr timespec kPause{0, 1'000'000};
  for (int tries = 0; tries < kTries; ++tries) {
    if (::unshare(CLONE_THREAD) == 0 || errno != EINVAL) return false;
    ::nanosleep(&kPause, nullptr);
  }
  return true;
}

LoadOutcome Module::load(const std::string& symbol, std::string& reason) {
  void* const object = ::dlopen(kObjectPath, RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) {
    const char* const text = ::dlerror();
    reason = text != nullptr ? text : "dlopen failed";
    return LoadOutcome::kDlopenFailed;
  }
  entry_ = static_cast<const sj_entry*>(::dlsym(object, symbol.c_str()));
  if (entry_ == nullptr) {
    reason = "the object does not export " + symbol + ", which its note names";
    return LoadOutcome::kNoEntry;
  }
  if (entry_->size < sizeof(sj_entry) || entry_->major != SJ_ABI_MAJOR || entry_->invoke == nullptr) {
    reason = symbol + " is not an entry of ABI " + std::to_string(SJ_ABI_MAJOR);
    return LoadOutcome::kNoEntry;
  }
  hooks_ = static_cast<const sj_module*>(::dlsym(object, SJ_MODULE_SYMBOL));
  if (hooks_ != nullptr && (hooks_->size < sizeof(sj_module) || hooks_->major != SJ_ABI_MAJOR)) {
    reason = std::string(SJ_MODULE_SYMBOL) + " is not of ABI " + std::to_string(SJ_ABI_MAJOR);
    return LoadOutcome::kNoEntry;
  }
  return LoadOutcome::kOk;
}

LoadOutcome Module::initialise(const FunctionFacts& facts, std::string& reason) {
  if (hooks_ != nullptr && hooks_->init != nullptr) {
    InitCall call(facts);
    const int result = hooks_->init(&host_table(), &call);
    if (result != SJ_OK || call.failed()) {
      reason = call.failed() ? call.failure() : "SOJOURN_INIT returned " + std::to_string(result);
      return LoadOutcome::kInitFailed;
    }
  }
  if (has_other_threads()) {
    reason = "a constructor or SOJOURN_INIT left a thread running, and threads do not survive the fork of an instance";
    return LoadOutcome::kThreadStarted;
  }
  return LoadOutcome::kOk;
}

}  // namespace sojourn
