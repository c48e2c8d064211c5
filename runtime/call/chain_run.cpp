#include "runtime/call/chain_run.h"

#include <algorithm>
#include <cassert>

#include "runtime/call/call_side.h"
#include "runtime/call/guard.h"

namespace sojourn {
namespace {

MonotonicTime now() {
  return std::chrono::steady_clock::now();
}

MonotonicTime after(std::chrono::nanoseconds limit) {
  constexpr std::chrono::hours kEver(24 * 365);
  return limit > kEver ? MonotonicTime::max() : now() + limit;
}

}  // namespace

void ChainRun::begin(ChainPtr chain, std::chrono::nanoseconds limit, ChainRun* outer) {
  assert(holds_ == 0);
  chain_ = std::move(chain);
  outer_ = outer;
  if (outer_ != nullptr) outer_->hold();
  holds_ = 1;
  deadline_ = after(limit);
  limit_ = limit;
  depth_ = 0;
  token_.clear();
  attempt_ = 1;
  queue_ = sandbox_ = std::chrono::nanoseconds(0);
  links_.clear();
  for (const ChainLink& link : chain_->links) links_.push_back({link.name, std::chrono::nanoseconds(0)});
  links_.back().name = "function";
  entered_.assign(links_.size(), MonotonicTime{});
}

void ChainRun::release() {
  if (--holds_ > 0) return;
  ChainRun* const outer = std::exchange(outer_, nullptr);
  chain_.reset();
  side_.give_back(*this);
  if (outer != nullptr) outer->release();
}

std::chrono::nanoseconds ChainRun::time_left() const {
  if (deadline_ == MonotonicTime::max()) return std::chrono::nanoseconds::max();
  return std::max<std::chrono::nanoseconds>(deadline_ - now(), std::chrono::nanoseconds(0));
}

CallHandle ChainRun::enter(std::size_t index, const RequestView& request, Caller& caller, EmitScopePtr emits_around) {
  if (index > 0) left_guard(index - 1);
  if (index == 0) {
    token_ = request.token;
    attempt_ = request.attempt;
  }
  const ChainLink& link = chain_->links[index];
  if (time_left() == std::chrono::nanoseconds(0)) {
    return side_.refuse_later(
        *this, {ErrorCode::kDeadline, "the deadline passed before `" + link.label + "` began", {}}, caller);
  }
  if (!link.guard) return side_.host().run_link(side_, {this, index, std::move(emits_around)}, request, caller);
  entered_[index] = now();
  RequestView with_token = request;
  with_token.token = token_;
  return link.guard->enter(with_token, Inner(*this, index + 1, std::move(emits_around)), caller);
}

// A guard's time is over when it enters the next link, or answers.
void ChainRun::left_guard(std::size_t index) {
  MonotonicTime& since = entered_[index];
  if (since == MonotonicTime{}) return;
  links_[index].time += now() - since;
  since = {};
}

void ChainRun::answered() {
  for (std::size_t index = 0; index < entered_.size(); ++index) left_guard(index);
}

bool ChainRun::holds_before(std::size_t index) const {
  if (depth_ > 0) return true;
  const auto first = chain_->links.begin();
  return std::any_of(first, first + static_cast<std::ptrdiff_t>(index),
                     [](const ChainLink& link) { return link.version != nullptr; });
}

bool ChainRun::on_path(std::string_view function) const {
  for (const ChainRun* run = this; run != nullptr; run = run->outer_) {
    if (run->function() == function) return true;
  }
  return false;
}

CallHandle ChainRun::enter_called(ChainPtr chain, const RequestView& request, Caller& caller,
                                  EmitScopePtr emits_around) {
  const Version& callee = *chain->function().version;
  if (on_path(callee.function)) {
    return side_.refuse_later(
        *this,
        {ErrorCode::kLoopDetected, "`" + callee.function + "` was called by a function that it waits for itself", {}},
        caller);
  }
  if (depth_ + 1 > kCallDepthMax) {
    return side_.refuse_later(
        *this,
        {ErrorCode::kLoopDetected, "functions call one another deeper than " + std::to_string(kCallDepthMax), {}},
        caller);
  }
  ChainRun& run = side_.take_run();
  run.begin(std::move(chain), std::min<std::chrono::nanoseconds>(time_left(), callee.config.timeout), this);
  run.deadline_ = std::min(run.deadline_, deadline_);
  run.depth_ = depth_ + 1;
  RequestView from_here = request;
  from_here.token = token_;
  from_here.attempt = 1;
  CallHandle handle = run.enter(0, from_here, caller, std::move(emits_around));
  run.release();
  return handle;
}

CallHandle ChainRun::enter_other(std::string_view reference, const RequestView& request, Caller& caller,
                                 const EmitScopePtr& emits_around) {
  Result<ChainPtr> chain = side_.host().resolve(reference);
  if (!chain) return side_.refuse_later(*this, {chain.error().code(), chain.error().text(), {}}, caller);
  if ((*chain)->function().version->function != function()) {
    return enter_called(*std::move(chain), request, caller, EmitScope::of_called(emits_around));
  }
  const std::size_t last = (*chain)->links.size() - 1;
  ChainRun& run = side_.take_run();
  run.begin(*std::move(chain), time_left(), outer_);
  run.deadline_ = deadline_;
  run.depth_ = depth_;
  run.attempt_ = attempt_;
  CallHandle handle = run.enter(last, request, caller, emits_around);
  run.release();
  return handle;
}

ChainRun& ChainRun::detach(std::chrono::nanoseconds limit) {
  ChainRun& run = side_.take_run();
  run.begin(chain_, limit, outer_);
  run.depth_ = depth_;
  run.token_ = token_;
  run.attempt_ = attempt_;
  return run;
}

void ChainRun::note(std::size_t index, const CallTimes& own) {
  queue_ += own.queue;
  sandbox_ += own.sandbox;
  links_[index].time += own.function;
}

CallTimes ChainRun::times() const {
  return {queue_, sandbox_, links_.back().time, links_};
}

// --- Inner ---------------------------------------------------------------------------------------------------------

Inner::Inner(ChainRun& run, std::size_t index, EmitScopePtr emits_around)
    : run_(&run), index_(index), emits_around_(std::move(emits_around)) {
  run_->hold();
}

Inner::Inner(const Inner& other) : run_(other.run_), index_(other.index_), emits_around_(other.emits_around_) {
  run_->hold();
}

Inner& Inner::operator=(const Inner& other) {
  other.run_->hold();
  run_->release();
  run_ = other.run_;
  index_ = other.index_;
  emits_around_ = other.emits_around_;
  return *this;
}

Inner::~Inner() {
  run_->release();
}

CallHandle Inner::operator()(const RequestView& request, Caller& caller) const {
  return run_->enter(index_, request, caller, emits_around_);
}

CallHandle Inner::answer(const ReplyView& reply, Caller& caller) const {
  return run_->side().answer_later(*run_, reply, caller);
}

CallHandle Inner::refuse(CallFailure failure, Caller& caller) const {
  return run_->side().refuse_later(*run_, std::move(failure), caller);
}

CallTimes Inner::answered() const {
  run_->answered();
  return run_->times();
}

CallHandle Inner::call_other(std::string_view reference, const RequestView& request, Caller& caller) const {
  return run_->enter_other(reference, request, caller, emits_around_);
}

Inner Inner::detached(std::chrono::nanoseconds limit) const {
  ChainRun& run = run_->detach(limit);
  Inner inner(run, index_, EmitScope::of_called(emits_around_));
  run.release();
  return inner;
}

std::chrono::nanoseconds Inner::time_left() const {
  return run_->time_left();
}

const VersionPtr& Inner::version() const {
  return run_->chain().function().version;
}

std::string_view Inner::function() const {
  return run_->function();
}

Loop& Inner::loop() const {
  return run_->side().loop();
}

}  // namespace sojourn
