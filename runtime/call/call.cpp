#include "runtime/call/call.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include <sojourn/abi.h>

#include "runtime/call/call_frames.h"
#include "runtime/call/call_side.h"
#include "runtime/call/runtime.h"
#include "runtime/sandbox/host/exit_reason.h"
#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {

void Call::begin(VersionPool& version, LoopPool& pool, Caller& caller) {
  assert(state_ == State::kFree);
  state_ = State::kRunning;
  held_ = true;
  began_stream_ = false;
  late_ = false;
  abandoned = false;
  nested = false;
  deadline = MonotonicTime::max();
  grace = std::chrono::nanoseconds(0);
  version_ = &version;
  pool_ = &pool;
  caller_ = &caller;
  place_ = {};
  side_.running_.fetch_add(1, std::memory_order_relaxed);
  frames.clear();
}

// Stands in its chain from here to its end.
void Call::join(LinkPlace place) {
  place_ = std::move(place);
  place_.run->hold();
  deadline = place_.run->deadline();
  nested = place_.run->holds_before(place_.index);
  noted_ = false;
  asks_ = 0;
  nested_time_ = std::chrono::nanoseconds(0);
  inner_failure_.reset();
  inner_permanent_ = 0;
  side_.watch(*this);
}

void Call::start(VersionPool& version, LoopPool& pool, const RequestView& request, std::chrono::nanoseconds limit,
                 LinkPlace place, Caller& caller) {
  begin(version, pool, caller);
  timeout = limit;
  if (place.run != nullptr)
    join(std::move(place));
  else
    place_.emits_around = std::move(place.emits_around);
  if (request.body.size() > kInlineBodyMax) {
    const std::size_t size = encoded_size(request);
    frames = pool.buffers().take(size);
    frames.expect(size);
  }
  if (Status encoded = encode_call(request, frames); !encoded) {
    return pool.refuse(*this, encoded.error(), std::chrono::milliseconds(0));
  }
  if (const ChainRun* const run = place_.run; run != nullptr) {
    set_place(frames,
              {run->depth(), static_cast<std::uint32_t>(place_.index), static_cast<std::uint32_t>(run->attempt())});
  }
  pool.place(*this);
}

void Call::refuse(VersionPool& version, LoopPool& pool, Caller& caller, const Error& error) {
  begin(version, pool, caller);
  pool.refuse(*this, error, std::chrono::seconds(1));
}

std::string_view Call::call_id() const {
  return encoded_call_id(frames);
}

void Call::drop() {
  held_ = false;
  caller_ = nullptr;
  if (state_ == State::kRunning) stop_asking();
  if (state_ == State::kRunning && pool_->withdraw(*this)) return end();
  if (state_ == State::kEnded) side_.give_back(*this);
}

void Call::consumed(std::size_t bytes) {
  if (state_ == State::kRunning) pool_->consumed(*this, bytes);
}

CallTimes Call::own_times() const {
  CallTimes times;
  const bool sent = sent_at >= placed_at;
  const MonotonicTime end = sent && ended_at >= sent_at ? ended_at : std::chrono::steady_clock::now();
  times.sandbox = made_for;
  times.queue = (sent ? sent_at : end) - placed_at - made_for;
  if (sent) times.function = end - sent_at;
  return times;
}

// As its Caller is shown them: of a link, those of the whole chain so far.
CallTimes Call::times() {
  CallTimes own = own_times();
  if (place_.run == nullptr) return own;
  own.function = std::max(own.function - nested_time_, std::chrono::nanoseconds(0));
  if (!std::exchange(noted_, true)) place_.run->note(place_.index, own);
  return place_.run->times();
}

// The Caller was told, or there was none: the memory is free once the handle is gone too.
void Call::end() {
  side_.running_.fetch_sub(1, std::memory_order_relaxed);
  pool_->buffers().put(frames);
  caller_ = nullptr;
  instance = nullptr;
  state_ = State::kEnded;
  ++kept_asks_;
  if (emits_) [[unlikely]] {
    emits_.reset();
    kept_reply_.drop();
  }
  if (ChainRun* const run = std::exchange(place_, {}).run; run != nullptr) {
    side_.unwatch(*this);
    run->release();
  }
  if (!held_) side_.give_back(*this);
}

void Call::on_call_reply(const ParsedReply& reply) {
  state_ = State::kEnding;
  stop_asking();
  if (emits_) [[unlikely]] {
    if (EmittedEvents events = settle_emitted(ending(reply.status)); !events.empty()) {
      kept_reply_.keep(seen(reply));
      return keep(std::move(events), [this] {
        if (caller_ != nullptr) caller_->on_reply(kept_reply_.view(), times());
        end();
      });
    }
  }
  if (caller_ != nullptr) caller_->on_reply(seen(reply), times());
  end();
}

void Call::on_call_error(const ReportedError& error) {
  if (error.status == 0) {
    log_fault(error.type, error.message);
    const InstanceProfile& profile = version_->profile();
    return on_call_failed(thrown_reason(error.marks, error.type, {profile.memory, profile.reply_limit}));
  }
  state_ = State::kEnding;
  stop_asking();
  std::array<char, 24> seconds;
  std::array<HeaderField, 2> headers = {HeaderField{"content-type", "text/plain; charset=utf-8"}, HeaderField{}};
  std::size_t count = 1;
  if (error.retry_after) {
    const auto whole = std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count();
    const auto written = std::to_chars(seconds.data(), seconds.data() + seconds.size(), whole);
    headers[count++] = {"retry-after", {seconds.data(), static_cast<std::size_t>(written.ptr - seconds.data())}};
  }
  if (emits_) emits_->fail();
  ReplyView view{error.status, {headers.data(), count}, error.message};
  view.permanent = (error.marks & SJ_FAIL_PERMANENT) != 0;
  if (caller_ != nullptr) caller_->on_reply(view, times());
  end();
}

void Call::log_fault(std::string_view type, std::string_view message) const {
  std::string text(type);
  if (!type.empty() && !message.empty()) text += ": ";
  text += message;
  version_->line({&version_->version(), call_id(), SJ_ERROR, "log", text, {}});
}

void Call::fail(const CallFailure& failure) {
  state_ = State::kEnding;
  stop_asking();
  if (emits_) emits_->fail();
  version_->counters().failed.fetch_add(1, std::memory_order_relaxed);
  if (caller_ != nullptr) caller_->on_failure(as_link(failure), times());
  end();
}

void Call::on_call_failed(const Error& error) {
  fail({error.code(), error.text(), std::nullopt});
}

void Call::on_call_refused(const Error& error, std::chrono::milliseconds retry_after) {
  CallFailure failure{error.code(), error.text(), std::nullopt};
  if (retry_after.count() > 0) failure.retry_after = retry_after;
  fail(failure);
}

void Call::on_call_stream_begin(const ParsedReply& head) {
  began_stream_ = true;
  stream_status_ = head.status;
  ReplyView view = seen(head);
  view.body = {};
  if (caller_ != nullptr) caller_->on_stream_begin(view, times());
}

void Call::on_call_stream_chunk(std::string_view chunk) {
  if (caller_ != nullptr) caller_->on_stream_chunk(chunk);
}

void Call::on_call_stream_end(const std::optional<Error>& broken) {
  state_ = State::kEnding;
  stop_asking();
  if (emits_) {
    EmittedEvents events = settle_emitted(broken ? Ends::kBadly : ending(stream_status_));
    if (!events.empty()) {
      return keep(std::move(events), [this] {
        if (caller_ != nullptr) caller_->on_stream_end(std::nullopt);
        end();
      });
    }
  }
  if (broken) version_->counters().failed.fetch_add(1, std::memory_order_relaxed);
  if (caller_ != nullptr) caller_->on_stream_end(broken);
  end();
}

}  // namespace sojourn
