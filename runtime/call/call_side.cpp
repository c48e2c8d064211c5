#include "runtime/call/call_side.h"

namespace sojourn {
namespace {

// After the deadline, until the one whose instance had the call has told.
constexpr std::chrono::milliseconds kTellMax{10};

}  // namespace

CallSide::CallSide(CallHost& host, Loop& loop, std::size_t index)
    : host_(host), loop_(loop), index_(index), alarm_(loop, [this] { sweep(); }) {}

void CallSide::give_back(Call& call) {
  call.state_ = Call::State::kFree;
  calls_.put(call);
}

CallHandle CallSide::answer_later(ChainRun& run, const ReplyView& reply, Caller& caller) {
  LateAnswer& answer = answers_.take(*this);
  answer.reply(run, reply, caller);
  return CallHandle(&answer);
}

CallHandle CallSide::refuse_later(ChainRun& run, CallFailure failure, Caller& caller) {
  LateAnswer& answer = answers_.take(*this);
  answer.fail(run, std::move(failure), caller);
  return CallHandle(&answer);
}

VersionPool* CallSide::known(const Version* version) const {
  if (version == last_version_) return last_pool_;
  const auto found = known_.find(version);
  if (found == known_.end()) return nullptr;
  last_version_ = version;
  last_pool_ = found->second.pool.get();
  return last_pool_;
}

void CallSide::remember(const VersionPtr& version, std::shared_ptr<VersionPool> pool) {
  known_[version.get()] = {version, std::move(pool)};
}

void CallSide::forget(const VersionPool& pool) {
  last_version_ = nullptr;
  std::erase_if(known_, [&](const auto& entry) { return entry.second.pool.get() == &pool; });
}

void CallSide::watch(Call& call) {
  call.watched_after_ = watched_;
  call.watched_before_ = nullptr;
  if (watched_ != nullptr) watched_->watched_before_ = &call;
  watched_ = &call;
  if (call.deadline != MonotonicTime::max()) alarm_.want(call.deadline + kTellMax);
}

void CallSide::unwatch(Call& call) {
  if (call.watched_after_ != nullptr) call.watched_after_->watched_before_ = call.watched_before_;
  (call.watched_before_ != nullptr ? call.watched_before_->watched_after_ : watched_) = call.watched_after_;
}

// The innermost link comes first: it was the last to begin. Ending one may end others, so the look begins anew.
void CallSide::sweep() {
  const MonotonicTime now = std::chrono::steady_clock::now();
  MonotonicTime next = MonotonicTime::max();
  for (Call* call = watched_; call != nullptr;) {
    const MonotonicTime due = call->deadline == MonotonicTime::max() ? call->deadline : call->deadline + kTellMax;
    if (due <= now && call->overdue()) {
      next = MonotonicTime::max();
      call = watched_;
      continue;
    }
    if (due > now && due < next) next = due;
    call = call->watched_after_;
  }
  if (next != MonotonicTime::max()) alarm_.want(next);
}

}  // namespace sojourn
