#include "runtime/sandbox/template/serving_call.h"

#include <algorithm>
#include <cstdio>
#include <time.h>
#include <unistd.h>

#include "runtime/sandbox/template/instance.h"

namespace sojourn {
namespace {

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void ServingCall::enter_hook() {
  number_ = 0;
  answer_ = Answer::kNone;
  log_left_ = limits_.log;
  log_dropped_ = 0;
  deadline_ns_ = INT64_MAX;
  hook_failure_.clear();
}

bool ServingCall::read_request(const Frame& frame) {
  PayloadReader in(frame.payload);
  head_ = in.fixed<CallHead>();
  if (head_.header_count > kRequestFieldsMax) return false;
  call_id_ = bytes_of(in.text());
  traceparent_ = bytes_of(in.text());
  request_.size = sizeof request_;
  request_.method = bytes_of(in.text());
  request_.path = bytes_of(in.text());
  request_.query = bytes_of(in.text());
  request_.remote = bytes_of(in.text());
  for (std::uint32_t index = 0; index < head_.header_count; ++index) {
    fields_[index].name = bytes_of(in.text());
    fields_[index].value = bytes_of(in.text());
  }
  request_.headers = {fields_, head_.header_count};
  request_.body = bytes_of(in.rest());
  number_ = frame.header.call;
  return in.ok();
}

void ServingCall::start() {
  deadline_ns_ = head_.time_left_ns == INT64_MAX ? INT64_MAX : now_ns() + head_.time_left_ns;
  answer_ = Answer::kOpen;
  log_left_ = limits_.log;
  log_dropped_ = 0;
  asks_ = 0;
  dropped_call_ = 0;
  cancelled_.store(false, std::memory_order_relaxed);
}

void ServingCall::finish(int result) {
  const std::lock_guard lock(mutex_);
  if (asked_ != nullptr) {
    asked_->result.release();
    asked_->outcome.release();
  }
  item_.remove();
  if (answer_ == Answer::kComplete) return;
  char text[96];
  const char* const when = answer_ == Answer::kStreaming ? "before the end of its stream" : "without a reply";
  std::snprintf(text, sizeof text, "the entry returned %d %s", result, when);
  send_error(0, kErrorNoReply, 0, "sojourn", text);
}

void ServingCall::refuse_for_memory() {
  const std::lock_guard lock(mutex_);
  send_error(0, kErrorOutOfMemory, 0, "sojourn", "the request's body does not fit into the function's memory");
}

void ServingCall::note_cancel(std::uint64_t call) {
  if (call == number_) cancelled_.store(true, std::memory_order_relaxed);
}

int ServingCall::value(int what, sj_bytes key, sj_bytes* out) noexcept {
  if (number_ == 0) return facts_.value(what, key, out);
  switch (what) {
    case SJ_CALL_ID:
      *out = call_id_;
      return SJ_OK;
    case SJ_TRACEPARENT:
      if (traceparent_.size == 0) return SJ_EMISSING;
      *out = traceparent_;
      return SJ_OK;
    case SJ_ATTEMPT: {
      const int size = std::snprintf(attempt_, sizeof attempt_, "%u", head_.attempt);
      *out = {attempt_, static_cast<std::size_t>(size)};
      return SJ_OK;
    }
    case SJ_IDEMPOTENCY_KEY:
      for (std::size_t index = 0; index < request_.headers.count; ++index) {
        if (view(fields_[index].name) != "idempotency-key") continue;
        *out = fields_[index].value;
        return SJ_OK;
      }
      return SJ_EMISSING;
    case SJ_ITEM_FILE:
      return item_.make(view(request_.body), out);
    default:
      return facts_.value(what, key, out);
  }
}

int64_t ServingCall::time_left_ns() const noexcept {
  return deadline_ns_ == INT64_MAX ? INT64_MAX : deadline_ns_ - now_ns();
}

int ServingCall::cancelled() noexcept {
  if (cancelled_.load(std::memory_order_relaxed)) return 1;
  const std::lock_guard lock(mutex_);
  if (!waits_) look_ahead();
  return cancelled_.load(std::memory_order_relaxed) ? 1 : 0;
}

void ServingCall::look_ahead(Channel::Full full) {
  if (!channel_.look_ahead(full, [this](const Frame& frame) { return show(frame); })) ::_exit(0);
}

Channel::Shown ServingCall::show(const Frame& frame) {
  const FrameHeader& header = frame.header;
  if (header.call != number_) return is_taken_back(frame) ? Channel::Shown::kSpent : Channel::Shown::kStays;
  if (header.stream != 0) {
    // What neither takes answers something that nobody waits for any more.
    if (asked_ != nullptr && !asked_->result.take(frame)) (void)asked_->outcome.take(frame);
    return Channel::Shown::kSpent;
  }
  if (header.type == FrameType::kCancel) {
    note_cancel(header.call);
    return Channel::Shown::kSpent;
  }
  if (header.type == FrameType::kCredit && frame.payload.size() == sizeof(Credit)) {
    Credit credit;
    std::memcpy(&credit, frame.payload.data(), sizeof credit);
    credit_ += credit.bytes;
    return Channel::Shown::kSpent;
  }
  return Channel::Shown::kStays;
}

// A call behind this one that is not queued any more: its frames need not be kept.
bool ServingCall::is_taken_back(const Frame& frame) {
  const FrameHeader& header = frame.header;
  if (header.type == FrameType::kBody || header.type == FrameType::kBodyEnd) return header.call == dropped_call_;
  if (header.type != FrameType::kCall || claims_ == nullptr || header.slot >= kClaimSlots) return false;
  const std::uint32_t word = claims_->words[header.slot].load(std::memory_order_acquire);
  if (word == claim_word(header.call, ClaimState::kQueued)) return false;
  dropped_call_ = header.call;
  return true;
}

void ServingCall::log(int level, sj_bytes text, sj_fields more) noexcept {
  const std::lock_guard lock(mutex_);
  more.count = std::min(more.count, kLogFieldsMax);
  std::uint64_t size = text.size;
  for (std::size_t index = 0; index < more.count; ++index)
    size += more.items[index].name.size + more.items[index].value.size;
  if (size > log_left_) {
    ++log_dropped_;
    return;
  }
  output_.begin(FrameType::kLog, number_);
  const auto known_level = static_cast<std::uint32_t>(std::clamp<int>(level, SJ_DEBUG, SJ_ERROR));
  output_.fixed(LogHead{known_level, log_dropped_, static_cast<std::uint32_t>(more.count)});
  output_.text(view(text));
  output_.fields(more);
  if (!output_.fits()) {
    ++log_dropped_;
    return;
  }
  log_left_ -= size;
  log_dropped_ = 0;
  send_output();
}

void ServingCall::report_dropped_lines() {
  if (log_dropped_ == 0) return;
  output_.begin(FrameType::kLog, number_);
  output_.fixed(LogHead{SJ_WARN, log_dropped_, 0});
  output_.text("lines were left out: logLimit");
  log_dropped_ = 0;
  send_output();
}

void ServingCall::send_output() {
  const std::string_view frame = output_.finish();
  if (!channel_.send(frame.data(), frame.size())) ::_exit(0);
}

}  // namespace sojourn
