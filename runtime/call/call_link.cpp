// A call as a link: what its function asks for, and what becomes of it at the chain's deadline.
#include <algorithm>
#include <utility>

#include <sojourn/abi.h>

#include "runtime/base/duration_text.h"
#include "runtime/base/error_body.h"
#include "runtime/call/call.h"
#include "runtime/call/call_frames.h"
#include "runtime/call/call_side.h"

namespace sojourn {
namespace {

// Faults of the code in a sandbox; what happened around it keeps its code.
bool is_fault(ErrorCode code) {
  switch (code) {
    case ErrorCode::kFunctionThrew:
    case ErrorCode::kFunctionCrashed:
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kForbiddenSyscall:
    case ErrorCode::kFunctionExited:
    case ErrorCode::kBrokenReply:
      return true;
    default:
      return false;
  }
}

}  // namespace

// The reply as its Caller sees it. What a decorator passes on of a failed inner link stays the platform's word.
ReplyView Call::seen(const ParsedReply& reply) const {
  ReplyView view{reply.status, reply.headers, reply.body};
  view.permanent = inner_permanent_ == reply.status && place_.run != nullptr;
  if (!inner_failure_ || place_.run == nullptr) return view;
  const ErrorCodeFacts& code = facts(*inner_failure_);
  const auto says_so = [&](const HeaderField& field) { return field.name == kErrorHeader && field.value == code.name; };
  if (reply.status == code.http_status && std::any_of(reply.headers.begin(), reply.headers.end(), says_so)) {
    view.failure = inner_failure_;
  }
  return view;
}

// A failure of its own under the name of the link.
CallFailure Call::as_link(CallFailure failure) const {
  if (place_.run == nullptr || place_.run->chain().links.size() == 1) return failure;
  const ChainRun& run = *place_.run;
  const std::string& label = run.chain().links[place_.index].label;
  if (failure.code == ErrorCode::kDeadline) {
    failure.text = label + " did not answer within " + duration_text(run.limit()) + " (timeout of " + run.function() +
                   ", for its whole chain)";
  } else if (!run.is_last(place_.index)) {
    if (is_fault(failure.code)) failure.code = ErrorCode::kLinkFailed;
    failure.text.insert(0, label + ": ");
  }
  return failure;
}

// --- Asking for another link or function ---------------------------------------------------------------------------

int Call::on_call_asks(const NestedAsk& ask) {
  if (caller_ == nullptr) return SJ_EGONE;
  if (place_.run == nullptr) return ask.is_next() ? SJ_EUNAVAILABLE : SJ_EDENIED;
  if (++asks_ > kAsksMax) {
    if (asks_ == kAsksMax + 1) {
      complain("next and call were used " + std::to_string(kAsksMax) + " times in one call, as often as they may be");
    }
    return SJ_ELIMIT;
  }
  return this->ask(ask);
}

int Call::ask(const NestedAsk& ask) {
  ChainRun& run = *place_.run;
  if (ask.is_next()) {
    if (run.is_last(place_.index)) return SJ_EUNAVAILABLE;
    begin_asking();
    nested_.hold(run.enter(place_.index + 1, request_of(ask), nested_, emits_of_inner(place_.index + 1)));
    return SJ_OK;
  }
  if (!may_call(ask.function)) {
    complain("a call of `" + std::string(ask.function.substr(0, 80)) + "` was denied: its `calls` do not name it");
    return SJ_EDENIED;
  }
  Result<ChainPtr> chain = side_.host().resolve(ask.function);
  if (!chain) return SJ_EMISSING;
  begin_asking();
  nested_.hold(run.enter_called(*std::move(chain), request_of(ask), nested_,
                                EmitScope::of_called(emits_ ? emits_ : place_.emits_around)));
  return SJ_OK;
}

bool Call::may_call(std::string_view function) const {
  const auto& calls = version_->version().config.calls;
  return std::find(calls.begin(), calls.end(), function.substr(0, function.find('@'))) != calls.end();
}

// The request as the callee gets it: with the origin of this call, and a right Content-Length where there is one.
RequestView Call::request_of(const NestedAsk& ask) {
  const CallOrigin origin = encoded_origin(frames);
  RequestView request;
  request.call_id = origin.call_id;
  request.traceparent = origin.traceparent;
  request.remote = origin.remote;
  request.method = ask.method;
  request.path = ask.path;
  request.query = ask.query;
  request.body = ask.body;
  length_ = std::to_string(ask.body.size());
  auto& fields = side_.fields();
  fields.assign(ask.headers.begin(), ask.headers.end());
  for (HeaderField& field : fields) {
    if (field.name == "content-length") field.value = length_;
  }
  request.headers = fields;
  return request;
}

std::uint64_t Call::nested_body_limit(const NestedAsk& ask) {
  if (place_.run == nullptr) return kNestedBodyMax;
  if (ask.is_next()) return place_.run->chain().function().version->config.body_limit;
  if (!may_call(ask.function)) return kNestedBodyMax;
  const Result<ChainPtr> chain = side_.host().resolve(ask.function);
  return chain ? (*chain)->function().version->config.body_limit : kNestedBodyMax;
}

void Call::begin_asking() {
  asking_ = true;
  asked_at_ = std::chrono::steady_clock::now();
  inner_failure_.reset();
  inner_permanent_ = 0;
  grace = kFinishMax;
  nested_.begin();
  pool_->begins_waiting();
}

// The answer is there, or its beginning: the time is the link's own again.
void Call::end_asking() {
  if (!std::exchange(asking_, false)) return;
  const MonotonicTime now = std::chrono::steady_clock::now();
  nested_time_ += now - asked_at_;
  if (now < deadline) grace = std::chrono::nanoseconds(0);
  pool_->ends_waiting();
}

// Nobody wants the answer any more.
void Call::stop_asking() {
  if (place_.run == nullptr) return;
  end_asking();
  nested_.drop();
}

void Call::on_call_result_consumed(std::size_t bytes) {
  nested_.read(bytes);
}

void Call::on_call_result_dropped() {
  stop_asking();
}

// --- The deadline --------------------------------------------------------------------------------------------------

// The chain's deadline passed inside. Whoever waits for this link is told at once; the link itself may still finish.
void Call::pass_deadline(const CallFailure& failure) {
  end_asking();
  grace = kFinishMax;
  instance->send_result_code(*this, SJ_ETIME);
  late_ = true;
  Caller* const told = std::exchange(caller_, nullptr);
  if (told == nullptr) return;
  if (began_stream_) return told->on_stream_end(Error(failure.code, failure.text));
  told->on_failure(failure, times());
}

bool Call::overdue() {
  if (state_ != State::kRunning || caller_ == nullptr) return false;
  if (asking_) {
    if (std::chrono::steady_clock::now() < deadline + kFinishMax / 2) return false;
    nested_.drop();
    pass_deadline({ErrorCode::kDeadline,
                   "the links inside " + place_.run->chain().links[place_.index].label + " did not answer within " +
                       duration_text(place_.run->limit()) + " (timeout of " + place_.run->function() + ")",
                   {}});
    return true;
  }
  const bool begun =
      instance != nullptr && instance->state() >= Instance::State::kReady && instance->head_call() == this;
  if (begun || !pool_->withdraw(*this)) return false;
  instance = nullptr;
  state_ = State::kEnding;
  const std::string& label = place_.run->chain().links[place_.index].label;
  Caller* const told = caller_;
  told->on_failure({ErrorCode::kDeadline,
                    "no instance of " + label + " was free within " + duration_text(place_.run->limit()) +
                        " (timeout of " + place_.run->function() + ", for its whole chain)",
                    {}},
                   times());
  end();
  return true;
}

// --- State and leases ----------------------------------------------------------------------------------------------

int Call::on_call_asks_state(const StateAsk& ask) {
  StateKeeper* const keeper = side_.host().keeper();
  if (keeper == nullptr) return SJ_EUNAVAILABLE;
  keeper->state(state_name(), ask, side_.loop(), answers_kept());
  return SJ_OK;
}

int Call::on_call_asks_lease(const LeaseAsk& ask) {
  StateKeeper* const keeper = side_.host().keeper();
  if (keeper == nullptr) return SJ_EUNAVAILABLE;
  keeper->lease(state_name(), ask, owner(), side_.loop(), answers_kept());
  return SJ_OK;
}

// An answer that comes when the call has ended is for nobody.
KeptDone Call::answers_kept() {
  return [this, number = ++kept_asks_](const KeptAnswer& answer) {
    if (number != kept_asks_ || state_ != State::kRunning || instance == nullptr) return;
    instance->send_outcome(*this, answer.code, answer.number, answer.value);
  };
}

// Instances of all versions are told apart, over the life of this process.
std::uint64_t Call::owner() const {
  return version_->number() << 32 | instance->serial();
}

// A decorator that comes with Sojourn does not share the state of a function of that name.
std::string Call::state_name() const {
  const Version& version = version_->version();
  return version.number == 0 ? version.function + "@builtin" : version.function;
}

void Call::complain(std::string_view text) const {
  version_->line({&version_->version(), call_id(), SJ_WARN, "log", text, {}});
}

}  // namespace sojourn
