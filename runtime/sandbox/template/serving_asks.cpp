// What a function asks for while its call runs: the next link, another function, its state, a lease, that an event be
// sent. Each is one
// request to the gateway and one answer; the function waits inside.
//
// A wait ends with the answer. It ends with SJ_EGONE when the client leaves before any of the answer has come: the
// gateway has then given up what was asked for and sends nothing more. The deadline is the gateway's to watch, which
// answers SJ_ETIME and leaves a moment to say something.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <unistd.h>

#include "runtime/sandbox/template/serving_call.h"

namespace sojourn {

int ServingCall::may_ask() const {
  return answer_ == Answer::kOpen || answer_ == Answer::kStreaming ? SJ_OK : SJ_EINVAL;
}

// REQUIRES: the lock. A request inwards gives up what is left of the streamed result of the last.
void ServingCall::begin_ask(FrameType type) {
  // Most functions never ask: then not even its pages exist.
  static ServingAsked the_only;
  asked_ = &the_only;
  std::fflush(stdout);
  const bool inwards = type == FrameType::kNext || type == FrameType::kCallOut;
  if (inwards && asked_->result.is_open()) {
    output_.begin(FrameType::kCancel, number_);
    output_.stream(asked_->result.number());
    send_output();
    asked_->result.release();
  }
  output_.begin(type, number_);
  output_.stream(asks_ + 1);
}

// An OUTCOME will be the answer.
int ServingCall::send_ask() {
  if (!output_.fits()) return SJ_ELIMIT;
  asked_->outcome.begin(++asks_);
  send_output();
  return SJ_OK;
}

int ServingCall::send_nested(FrameType type, std::string_view function, const sj_request& request) {
  begin_ask(type);
  const std::string_view body = view(request.body);
  const bool is_inline = body.size() <= kInlineBodyMax;
  output_.fixed(NestedHead{body.size(), static_cast<std::uint32_t>(request.headers.count), 0});
  output_.text(function);
  output_.text(view(request.method));
  output_.text(view(request.path));
  output_.text(view(request.query));
  output_.fields(request.headers);
  if (is_inline) output_.raw(body.data(), body.size());
  if (!output_.fits()) return SJ_ELIMIT;
  asked_->result.begin(++asks_);
  if (is_inline)
    send_output();
  else
    send_large_body(body, asks_);
  return SJ_OK;
}

template <class Awaited>
int ServingCall::await(Awaited& awaited) {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      waits_ = false;
      look_ahead(Channel::Full::kSpills);
      if (awaited.arrived()) return awaited.code();
      if (cancelled_.load(std::memory_order_relaxed) && !awaited.begun()) {
        awaited.release();
        return SJ_EGONE;
      }
      waits_ = true;
    }
    channel_.wait(-1);
  }
}

int ServingCall::ask_reply(FrameType type, sj_bytes function, const sj_request& request, const sj_response** out) {
  {
    const std::lock_guard lock(mutex_);
    if (const int code = may_ask(); code != SJ_OK) return code;
    if (cancelled_.load(std::memory_order_relaxed)) return SJ_EGONE;
    if (const int code = send_nested(type, view(function), request); code != SJ_OK) return code;
  }
  const int code = await(asked_->result);
  if (code == SJ_OK) *out = &asked_->result.response();
  return code;
}

int ServingCall::next(const sj_request& request, const sj_response** out) noexcept {
  return ask_reply(FrameType::kNext, {}, request, out);
}

int ServingCall::call(sj_bytes function, const sj_request& request, const sj_response** out) noexcept {
  if (function.size == 0) return SJ_EINVAL;
  return ask_reply(FrameType::kCallOut, function, request, out);
}

int ServingCall::state(int operation, sj_bytes key, sj_bytes value, int64_t ttl_ms, uint64_t* revision,
                       sj_bytes* out) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (const int code = may_ask(); code != SJ_OK) return code;
    begin_ask(FrameType::kState);
    output_.fixed(StateHead{static_cast<std::uint32_t>(operation), 0, ttl_ms, revision != nullptr ? *revision : 0});
    output_.text(view(key));
    output_.text(view(value));
    if (const int code = send_ask(); code != SJ_OK) return code;
  }
  const int code = await(asked_->outcome);
  if (revision != nullptr && (code == SJ_OK || code == SJ_EMISSING || code == SJ_ETAKEN)) {
    *revision = asked_->outcome.number();
  }
  if (out != nullptr && code == SJ_OK) *out = asked_->outcome.value();
  return code;
}

int ServingCall::lease(sj_bytes name, int64_t ttl_ms, uint64_t* fence) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (const int code = may_ask(); code != SJ_OK) return code;
    begin_ask(FrameType::kLease);
    output_.fixed(LeaseHead{ttl_ms});
    output_.text(view(name));
    if (const int code = send_ask(); code != SJ_OK) return code;
  }
  const int code = await(asked_->outcome);
  if (fence != nullptr && code == SJ_OK) *fence = asked_->outcome.number();
  return code;
}

int ServingCall::send_event(std::string_view queue, sj_fields attributes, std::string_view data) {
  {
    const std::lock_guard lock(mutex_);
    if (const int code = may_ask(); code != SJ_OK) return code;
    begin_ask(FrameType::kEmit);
    const bool is_inline = data.size() <= kInlineBodyMax;
    output_.fixed(EmitHead{data.size(), static_cast<std::uint32_t>(attributes.count), 0});
    output_.text(queue);
    output_.fields(attributes);
    if (is_inline) output_.raw(data.data(), data.size());
    if (!output_.fits()) return SJ_ELIMIT;
    asked_->outcome.begin(++asks_);
    if (is_inline)
      send_output();
    else
      send_large_body(data, asks_);
  }
  return await(asked_->outcome);
}

int ServingCall::emit(sj_fields attributes, sj_bytes data) noexcept {
  return send_event({}, attributes, view(data));
}

int ServingCall::enqueue(sj_bytes queue, sj_fields attributes, sj_bytes data) noexcept {
  if (queue.size == 0) return SJ_EINVAL;
  return send_event(view(queue), attributes, view(data));
}

// Room for so much more of the stream.
void ServingCall::give_credit(std::size_t bytes) {
  output_.begin(FrameType::kCredit, number_);
  output_.stream(asked_->result.number());
  output_.fixed(Credit{static_cast<std::uint32_t>(bytes)});
  send_output();
}

int ServingCall::read(sj_bytes* chunk) noexcept {
  if (asked_ == nullptr) return SJ_EINVAL;
  ServingResult& result = asked_->result;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      waits_ = false;
      look_ahead(Channel::Full::kSpills);
      if (!result.is_stream()) return SJ_EINVAL;
      if (const std::string_view bytes = result.take_chunk(); !bytes.empty()) {
        if (result.is_open()) give_credit(bytes.size());
        *chunk = bytes_of(bytes);
        return 1;
      }
      if (result.broken()) return time_left_ns() <= 0 ? SJ_ETIME : SJ_EDIED;
      if (!result.is_open()) return SJ_OK;
      if (cancelled_.load(std::memory_order_relaxed)) return SJ_EGONE;
      waits_ = true;
    }
    channel_.wait(-1);
  }
}

}  // namespace sojourn
