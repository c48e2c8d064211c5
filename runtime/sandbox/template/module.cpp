#include "runtime/sandbox/template/module.h"

#include <cerrno>
#include <dlfcn.h>
#include <sched.h>
#include <time.h>

#include "runtime/sandbox/template/init_call.h"
#include "runtime/sandbox/template/stem_report.h"

namespace sojourn {

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

bool Module::read(PayloadReader& reader, std::uint32_t fused_count, std::string_view symbol,
                  const FunctionFacts& facts) {
  if (fused_count >= kStemObjectsMax) return false;
  for (std::uint32_t index = 0; index < fused_count && reader.ok(); ++index) {
    ModuleLink& link = links_.emplace_back();
    link.symbol = reader.text();
    link.name = reader.text();
    link.with = reader.text();
  }
  ModuleLink& function = links_.emplace_back();
  function.symbol = symbol;
  function.name = facts.name() + "@" + facts.version();
  function.with = facts.with();
  return reader.ok();
}

LoadOutcome Module::failed(const ModuleLink& link, LoadOutcome outcome, std::string_view why,
                           std::string& reason) const {
  reason = is_fused() ? link.name + ": " : "";
  reason += why;
  return outcome;
}

LoadOutcome Module::load(std::string& reason) {
  for (std::size_t index = links_.size(); index-- > 0;) {
    LoadOutcome outcome = open(index, reason);
    // With one object SOJOURN_INIT comes next, and then threads are looked for.
    if (outcome == LoadOutcome::kOk && is_fused()) outcome = check_threads(links_[index], reason);
    if (outcome != LoadOutcome::kOk) return outcome;
  }
  return LoadOutcome::kOk;
}

LoadOutcome Module::open(std::size_t index, std::string& reason) {
  ModuleLink& link = links_[index];
  const bool is_function = index + 1 == links_.size();
  const std::string path = "/fn/" + stem_object_name(is_function ? 0 : static_cast<std::uint32_t>(index) + 1);
  link.object = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (link.object == nullptr) {
    const char* const text = ::dlerror();
    return failed(link, LoadOutcome::kDlopenFailed, text != nullptr ? text : "dlopen failed", reason);
  }
  for (const ModuleLink& other : links_) {
    if (&other != &link && other.object == link.object)
      return failed(link, LoadOutcome::kDlopenFailed, "the loader takes it for the object of " + other.name, reason);
  }
  link.entry = static_cast<const sj_entry*>(::dlsym(link.object, link.symbol.c_str()));
  if (link.entry == nullptr) {
    return failed(link, LoadOutcome::kNoEntry, "the object does not export " + link.symbol + ", which its note names",
                  reason);
  }
  if (link.entry->size < sizeof(sj_entry) || link.entry->major != SJ_ABI_MAJOR || link.entry->invoke == nullptr) {
    return failed(link, LoadOutcome::kNoEntry, link.symbol + " is not an entry of ABI " + std::to_string(SJ_ABI_MAJOR),
                  reason);
  }
  if (!is_function && link.entry->kind != SJ_DECORATOR)
    return failed(link, LoadOutcome::kNoEntry, link.symbol + " is not the entry of a decorator", reason);
  link.hooks = static_cast<const sj_module*>(::dlsym(link.object, SJ_MODULE_SYMBOL));
  if (link.hooks != nullptr && (link.hooks->size < sizeof(sj_module) || link.hooks->major != SJ_ABI_MAJOR)) {
    return failed(link, LoadOutcome::kNoEntry,
                  std::string(SJ_MODULE_SYMBOL) + " is not of ABI " + std::to_string(SJ_ABI_MAJOR), reason);
  }
  return LoadOutcome::kOk;
}

LoadOutcome Module::check_threads(const ModuleLink& link, std::string& reason) const {
  if (!has_other_threads()) return LoadOutcome::kOk;
  return failed(link, LoadOutcome::kThreadStarted,
                "it starts a thread before the fork, which would lose it: move it to SOJOURN_START", reason);
}

LoadOutcome Module::initialise(const FunctionFacts& facts, std::string& reason) {
  for (std::size_t index = links_.size(); index-- > 0;) {
    const LoadOutcome outcome = initialise(links_[index], facts, reason);
    if (outcome != LoadOutcome::kOk) return outcome;
  }
  return LoadOutcome::kOk;
}

LoadOutcome Module::initialise(const ModuleLink& link, const FunctionFacts& facts, std::string& reason) const {
  if (link.hooks != nullptr && link.hooks->init != nullptr) {
    InitCall call(facts, link.with);
    const int result = link.hooks->init(&host_table(), &call);
    if (call.failed()) return failed(link, LoadOutcome::kInitFailed, call.failure(), reason);
    if (result != SJ_OK)
      return failed(link, LoadOutcome::kInitFailed, "SOJOURN_INIT returned " + std::to_string(result), reason);
  }
  return check_threads(link, reason);
}

}  // namespace sojourn
