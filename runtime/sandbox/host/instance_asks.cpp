// What the running call asks for, and the answers. The head may ask for one thing at a time, and for the next one only
// when it has read the answer to the last: so an instance never makes the gateway keep more than one answer. A streamed
// result that it still reads does not keep it from asking for its state or a lease, or from sending an event.
#include <algorithm>
#include <cstring>
#include <utility>

#include <sojourn/abi.h>

#include "runtime/sandbox/host/instance.h"
#include "runtime/sandbox/host/nested_parser.h"

namespace sojourn {
namespace {

constexpr std::size_t kChunkMax = kBodyChunkMax;

template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

void put_frame(ByteBuffer& out, FrameHeader header, std::size_t length) {
  header.length = static_cast<std::uint32_t>(length);
  out.append(bytes_of(header));
}

void put_text(ByteBuffer& out, std::string_view text) {
  out.append(bytes_of(static_cast<std::uint32_t>(text.size())));
  out.append(text);
}

std::size_t head_size(const NestedReply& reply) {
  std::size_t size = sizeof(ResultHead);
  for (const HeaderField& field : reply.headers) {
    size += 2 * sizeof(std::uint32_t) + field.name.size() + field.value.size();
  }
  return size;
}

}  // namespace

// Whether the head may ask for the thing numbered in `header`; counts it.
bool Instance::begin_ask(const FrameHeader& header, Ask beside) {
  if (!is_of_head(header)) return false;
  std::string_view wrong;
  if (stream_ == Stream::kGathering) wrong = "a request in the middle of its reply";
  if ((ask_ != Ask::kNone && ask_ != beside) || ask_body_open_ || outcome_waits_)
    wrong = "a request while another one is under way";
  if (header.stream == 0 || header.stream != last_ask_ + 1) wrong = "a request that is not numbered in turn";
  if (!result_.empty()) wrong = "a request before it has read the answer to the last";
  if (!wrong.empty()) {
    violation(wrong);
    return false;
  }
  last_ask_ = header.stream;
  return true;
}

void Instance::on_nested(Frame& frame) {
  if (!begin_ask(frame.header, Ask::kNone)) return;
  nested_ask_ = last_ask_;
  result_unread_ = 0;
  const bool follows = (frame.header.flags & kBodyFollows) != 0;
  ask_kind_ = frame.header.type == FrameType::kNext ? NestedKind::kNext : NestedKind::kCallOut;
  NestedAsk ask;
  const AskFault fault = parse_nested(frame.payload, ask_kind_, follows ? NestedBody::kFollows : NestedBody::kInline,
                                      scratch_->fields, ask);
  if (fault == AskFault::kMalformed) return violation("a nested request that is not well formed");
  ask_body_open_ = follows;
  ask_body_of_ = last_ask_;
  ask_body_left_ = ask.body_size;
  if (fault == AskFault::kRefused) return put_result_code(SJ_EINVAL);
  if (ask.body_size > head()->nested_body_limit(ask)) return put_result_code(SJ_ELIMIT);
  if (!follows) return hand_over(ask);
  ask_ = Ask::kGathering;
  ask_head_.clear();
  ask_head_.append(frame.text());
  ask_body_ = scratch_->buffers.take(ask.body_size);
  ask_body_.expect(ask.body_size);
}

// The body of a nested request or of an event, or its end. Of one that was answered already the rest is read and
// forgotten.
void Instance::on_ask_body(const Frame& frame) {
  if (!is_of_head(frame.header)) return;
  if (!ask_body_open_ || frame.header.stream != ask_body_of_) return violation("a body of no request");
  if (frame.header.type == FrameType::kBody) {
    if (frame.payload.size() > ask_body_left_) return violation("a request's body that is longer than it says");
    ask_body_left_ -= frame.payload.size();
    if (ask_ == Ask::kGathering || ask_body_is_event_) ask_body_.append(frame.text());
    return;
  }
  if (ask_body_left_ > 0) return violation("a request's body that is shorter than it says");
  ask_body_open_ = false;
  if (ask_body_is_event_) return on_event_whole();
  if (ask_ != Ask::kGathering) return;
  NestedAsk ask;
  (void)parse_nested({ask_head_.data(), ask_head_.size()}, ask_kind_, NestedBody::kFollows, scratch_->fields, ask);
  ByteBuffer body = std::exchange(ask_body_, ByteBuffer());
  ask.body = body.view();
  hand_over(ask);
  scratch_->buffers.put(body);
  ask_head_.clear_beyond(kInlineBodyMax);
}

// What waits behind a call that waits comes back first: it would wait as long.
void Instance::hand_over(const NestedAsk& ask) {
  ask_ = Ask::kWaiting;
  recall_waiting();
  InstanceCall& call = *head();
  if (const int code = call.on_call_asks(ask); code != SJ_OK) send_result_code(call, code);
}

void Instance::on_state(const Frame& frame) {
  if (!begin_ask(frame.header, Ask::kStreaming)) return;
  StateAsk ask;
  const AskFault fault = parse_state(frame.payload, ask);
  if (fault == AskFault::kMalformed) return violation("a STATE that is not well formed");
  outcome_waits_ = true;
  InstanceCall& call = *head();
  const int code = fault == AskFault::kRefused ? SJ_EINVAL : call.on_call_asks_state(ask);
  if (code != SJ_OK) send_outcome(call, code, 0, {});
}

void Instance::on_lease(const Frame& frame) {
  if (!begin_ask(frame.header, Ask::kStreaming)) return;
  LeaseAsk ask;
  const AskFault fault = parse_lease(frame.payload, ask);
  if (fault == AskFault::kMalformed) return violation("a LEASE that is not well formed");
  outcome_waits_ = true;
  InstanceCall& call = *head();
  const int code = fault == AskFault::kRefused ? SJ_EINVAL : call.on_call_asks_lease(ask);
  if (code != SJ_OK) send_outcome(call, code, 0, {});
}

void Instance::on_emit(Frame& frame) {
  if (!begin_ask(frame.header, Ask::kStreaming)) return;
  const bool follows = (frame.header.flags & kBodyFollows) != 0;
  EmitAsk ask;
  const AskFault fault =
      parse_emit(frame.payload, follows ? NestedBody::kFollows : NestedBody::kInline, scratch_->fields, ask);
  if (fault == AskFault::kMalformed) return violation("an EMIT that is not well formed");
  outcome_waits_ = true;
  ask_body_open_ = follows;
  ask_body_of_ = last_ask_;
  ask_body_left_ = ask.data_size;
  InstanceCall& call = *head();
  const int code = fault == AskFault::kRefused ? SJ_EINVAL : call.on_call_may_emit(ask);
  if (code != SJ_OK) return send_outcome(call, code, 0, {});
  if (!follows) return send_outcome(call, call.on_call_emits(ask), 0, {});
  ask_body_is_event_ = true;
  ask_head_.clear();
  ask_head_.append(frame.text());
  ask_body_ = scratch_->buffers.take(ask.data_size);
  ask_body_.expect(ask.data_size);
}

// The data of an event is complete.
void Instance::on_event_whole() {
  ask_body_is_event_ = false;
  EmitAsk ask;
  (void)parse_emit({ask_head_.data(), ask_head_.size()}, NestedBody::kFollows, scratch_->fields, ask);
  ByteBuffer data = std::exchange(ask_body_, ByteBuffer());
  ask.data = data.view();
  InstanceCall& call = *head();
  send_outcome(call, call.on_call_emits(ask), 0, {});
  scratch_->buffers.put(data);
  ask_head_.clear_beyond(kInlineBodyMax);
}

// Of a streamed result; a result that has ended meanwhile needs it no more.
void Instance::on_credit(const Frame& frame) {
  if (!is_of_head(frame.header)) return;
  Credit credit;
  if (frame.payload.size() != sizeof credit || frame.header.stream != nested_ask_) {
    return violation("a CREDIT of no result");
  }
  std::memcpy(&credit, frame.payload.data(), sizeof credit);
  if (credit.bytes > result_unread_) return violation("a CREDIT for more than it was sent");
  result_unread_ -= credit.bytes;
  if (ask_ == Ask::kStreaming && credit.bytes > 0) head()->on_call_result_consumed(credit.bytes);
}

void Instance::on_cancel(const Frame& frame) {
  if (!is_of_head(frame.header)) return;
  if (frame.header.stream == 0 || frame.header.stream != nested_ask_) return violation("a CANCEL of no request");
  if (std::exchange(ask_, Ask::kNone) != Ask::kNone) head()->on_call_result_dropped();
}

// The head has ended, or nobody waits for it: nothing is sent to it any more. A body that is under way is still read.
void Instance::forget_ask() {
  ask_ = Ask::kNone;
  outcome_waits_ = false;
  ask_body_is_event_ = false;
  scratch_->buffers.put(ask_body_);
}

bool Instance::waits(const InstanceCall& call, Ask ask) const {
  return ask_ == ask && head() == &call && state_ < State::kDying;
}

FrameHeader Instance::answer_header(FrameType type) const {
  FrameHeader header;
  header.type = type;
  header.call = head()->number;
  header.stream = nested_ask_;
  return header;
}

void Instance::put_result_code(int code) {
  ResultHead head{};
  head.code = code;
  control(FrameType::kResult, this->head()->number, nested_ask_, bytes_of(head));
}

void Instance::send_result_code(InstanceCall& call, int code) {
  if (!waits(call, Ask::kWaiting)) return;
  ask_ = Ask::kNone;
  put_result_code(code);
}

// The head of a result into result_; false when it does not fit into a frame.
bool Instance::put_result_head(const NestedReply& reply, std::uint16_t flags) {
  const bool is_inline = flags == 0;
  const std::size_t size = head_size(reply) + (is_inline ? reply.body.size() : 0);
  if (size > kFramePayloadMax) return false;
  FrameHeader header = answer_header(FrameType::kResult);
  header.flags = flags;
  put_frame(result_, header, size);
  const ResultHead head{0, reply.status, reply.body.size(), static_cast<std::uint32_t>(reply.headers.size()), 0};
  result_.append(bytes_of(head));
  for (const HeaderField& field : reply.headers) {
    put_text(result_, field.name);
    put_text(result_, field.value);
  }
  if (is_inline) result_.append(reply.body);
  return true;
}

void Instance::send_result(InstanceCall& call, const NestedReply& reply) {
  if (!waits(call, Ask::kWaiting)) return;
  const bool is_inline = reply.body.size() <= kInlineBodyMax;
  const std::size_t frames = reply.body.size() / kBodyChunkMax + 3;
  if (!is_inline) result_ = scratch_->buffers.take(head_size(reply) + reply.body.size() + frames * sizeof(FrameHeader));
  if (!put_result_head(reply, is_inline ? 0 : kBodyFollows)) return send_result_code(call, SJ_ELIMIT);
  ask_ = Ask::kNone;
  if (!is_inline) {
    for (std::string_view rest = reply.body; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kChunkMax))) {
      const std::string_view chunk = rest.substr(0, kChunkMax);
      put_frame(result_, answer_header(FrameType::kBody), chunk.size());
      result_.append(chunk);
    }
    put_frame(result_, answer_header(FrameType::kBodyEnd), 0);
  }
  flush_result();
}

void Instance::flush_result() {
  segments_.push_back({&result_, 0, result_.size()});
  want_flush();
}

void Instance::begin_result(InstanceCall& call, const NestedReply& reply) {
  if (!waits(call, Ask::kWaiting)) return;
  NestedReply head = reply;
  head.body = {};
  if (!put_result_head(head, kBodyFollows | kStreamed)) {
    send_result_code(call, SJ_ELIMIT);
    return call.on_call_result_dropped();
  }
  ask_ = Ask::kStreaming;
  flush_result();
}

void Instance::send_result_chunk(InstanceCall& call, std::string_view chunk) {
  if (!waits(call, Ask::kStreaming)) return;
  result_unread_ += chunk.size();
  for (; !chunk.empty() && state_ < State::kDying; chunk.remove_prefix(std::min(chunk.size(), kChunkMax))) {
    control(FrameType::kBody, call.number, nested_ask_, chunk.substr(0, kChunkMax));
  }
}

void Instance::end_result(InstanceCall& call, ResultEnd end) {
  if (!waits(call, Ask::kStreaming)) return;
  ask_ = Ask::kNone;
  control(end == ResultEnd::kWhole ? FrameType::kBodyEnd : FrameType::kCancel, call.number, nested_ask_, {});
}

void Instance::send_outcome(InstanceCall& call, int code, std::uint64_t number, std::string_view value) {
  if (!outcome_waits_ || head() != &call || state_ >= State::kDying) return;
  std::string payload(bytes_of(OutcomeHead{code}));
  PayloadWriter out(payload);
  out.fixed(number);
  out.text(value);
  if (payload.size() > kFramePayloadMax) payload = bytes_of(OutcomeHead{SJ_ELIMIT});
  outcome_waits_ = false;
  control(FrameType::kOutcome, call.number, last_ask_, payload);
}

}  // namespace sojourn
