#include "runtime/sandbox/template/fused_chain.h"

namespace sojourn {

FusedChain::FusedChain(const Module& module, sj_call& base, std::atomic<std::uint32_t>& at)
    : module_(module), base_(base), at_(at) {
  for (std::size_t index = 0; index < kStemObjectsMax; ++index) {
    calls_[index].chain_ = this;
    calls_[index].index_ = index;
  }
}

int FusedChain::start(std::string& name) {
  for (std::size_t index = count(); index-- > 0;) {
    const ModuleLink& link = module_.links()[index];
    if (link.hooks == nullptr || link.hooks->start == nullptr) continue;
    FusedCall& call = calls_[index];
    call.open(FusedCall::Answer::kHook);
    enter(index);
    const int result = link.hooks->start(&host_table(), &call);
    leave();
    if (result == SJ_OK && !call.failed_) continue;
    if (module_.is_fused()) name = link.name;
    return result == SJ_OK ? SJ_EINVAL : result;
  }
  return SJ_OK;
}

void FusedChain::stop() {
  for (std::size_t index = 0; index < count(); ++index) {
    const ModuleLink& link = module_.links()[index];
    if (link.hooks == nullptr || link.hooks->stop == nullptr) continue;
    calls_[index].open(FusedCall::Answer::kHook);
    enter(index);
    link.hooks->stop(&host_table(), &calls_[index]);
    leave();
  }
}

int FusedChain::run(const sj_request& request) {
  const ModuleLink& outermost = module_.links().front();
  if (!module_.is_fused()) return outermost.entry->invoke(&host_table(), &base_, &request);
  remote_ = request.remote;
  // All of them: a link that left its inner one by longjmp has not closed it.
  for (std::size_t index = 0; index < count(); ++index) calls_[index].open(FusedCall::Answer::kComplete);
  calls_[0].open(FusedCall::Answer::kOpen);
  enter(0);
  const int result = outermost.entry->invoke(&host_table(), &calls_[0], &request);
  leave();
  settle(1);
  for (std::size_t index = 1; index < count(); ++index) calls_[index].reply_.release();
  return result;
}

int FusedChain::next(std::size_t from, const sj_request& request, const sj_response** out) {
  if (calls_[from].answer_ == FusedCall::Answer::kHook || calls_[from].answer_ == FusedCall::Answer::kComplete)
    return SJ_EINVAL;
  const std::size_t index = from + 1;
  if (index == count()) return base_.next(request, out);
  FusedCall& inner = calls_[index];
  if (inner.runs_) return SJ_EINVAL;
  settle(index);
  sj_request inward = request;
  inward.size = sizeof inward;
  inward.remote = remote_;
  inner.open(FusedCall::Answer::kOpen);
  inner.runs_ = true;
  enter(index);
  const int result = module_.links()[index].entry->invoke(&host_table(), &inner, &inward);
  enter(from);
  inner.runs_ = false;
  inner.close(result);
  *out = &inner.reply_.response();
  return SJ_OK;
}

// Whether the response is what that link's failure was shown as.
bool FusedChain::is_failure_of(std::size_t index, const sj_response& response) const {
  return index < count() && calls_[index].failed_ && calls_[index].reply_.equals(response);
}

sj_failure FusedChain::failure() const {
  return {sizeof(sj_failure), failure_.status,         failure_.flags,
          failure_.retry_ms,  bytes_of(failure_.type), bytes_of(failure_.message)};
}

// The link's failure, if there is one, goes no further: what nobody else will hear of goes to the log.
void FusedChain::settle(std::size_t index) {
  if (index >= count() || !calls_[index].failed_) return;
  calls_[index].failed_ = false;
  if (failure_.status != 0) return;
  std::string text = failure_.type;
  if (!text.empty() && !failure_.message.empty()) text += ": ";
  text += failure_.message;
  const sj_field link{bytes_of("link"), bytes_of(module_.links()[index].name)};
  base_.log(SJ_ERROR, bytes_of(text), {&link, 1});
}

}  // namespace sojourn
