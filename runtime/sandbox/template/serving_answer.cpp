// How a function answers its call: in one piece, as a failure, or as a stream.
#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include "runtime/sandbox/template/serving_call.h"

namespace sojourn {
namespace {

// Frames of a large body that go out with one system call.
constexpr std::size_t kChunksPerWrite = 32;

bool is_out_of_memory(std::string_view type) {
  return type == "std::bad_alloc" || type == "St9bad_alloc";
}

}  // namespace

void ServingCall::build_reply_head(const sj_response& response) {
  // What was printed belongs to this call: the gateway reads the log pipe before it reads the reply.
  std::fflush(stdout);
  report_dropped_lines();
  output_.begin(FrameType::kReply, number_);
  output_.fixed(ReplyHead{response.status, static_cast<std::uint32_t>(response.headers.count), response.body.size});
  output_.fields(response.headers);
}

int ServingCall::reply(const sj_response& response) noexcept {
  const std::lock_guard lock(mutex_);
  if (answer_ != Answer::kOpen) return SJ_EINVAL;
  if (response.body.size > limits_.reply) return refuse_reply("replyLimit", response.body.size);
  build_reply_head(response);
  const bool is_inline = response.body.size <= kInlineBodyMax;
  if (is_inline) output_.raw(response.body.data, response.body.size);
  if (!output_.fits()) return refuse_reply("the limit of a reply's head", kFramePayloadMax);
  answer_ = Answer::kComplete;
  if (is_inline)
    send_output();
  else
    send_large_body(view(response.body), 0);
  return SJ_OK;
}

// The head in output_, then the body in chunks straight from the function's memory.
void ServingCall::send_large_body(std::string_view body, std::uint32_t stream) {
  output_.flag(kBodyFollows);
  const std::string_view head = output_.finish();
  FrameHeader chunk_headers[kChunksPerWrite + 1];
  iovec pieces[1 + 2 * kChunksPerWrite + 1];
  std::size_t count = 0;
  pieces[count++] = {const_cast<char*>(head.data()), head.size()};
  std::size_t chunks = 0;
  const auto add = [&](FrameType type, std::string_view payload) {
    FrameHeader& header = chunk_headers[chunks++] = FrameHeader{};
    header.type = type;
    header.stream = stream;
    header.call = number_;
    header.length = static_cast<std::uint32_t>(payload.size());
    pieces[count++] = {&header, sizeof header};
    if (!payload.empty()) pieces[count++] = {const_cast<char*>(payload.data()), payload.size()};
  };
  while (!body.empty()) {
    const std::string_view chunk = body.substr(0, kBodyChunkMax);
    body.remove_prefix(chunk.size());
    add(FrameType::kBody, chunk);
    if (body.empty()) add(FrameType::kBodyEnd, {});
    if (chunks < kChunksPerWrite && !body.empty()) continue;
    if (!channel_.send(pieces, count)) ::_exit(0);
    count = chunks = 0;
  }
}

int ServingCall::refuse_reply(std::string_view limit, std::uint64_t size) {
  char text[160];
  std::snprintf(text, sizeof text, "the reply of %llu bytes is over %.*s (%llu bytes)",
                static_cast<unsigned long long>(size), static_cast<int>(limit.size()), limit.data(),
                static_cast<unsigned long long>(limits_.reply));
  send_error(0, kErrorReplyLimit, 0, "sojourn", text);
  return SJ_ELIMIT;
}

void ServingCall::send_error(std::int32_t status, std::uint32_t flags, std::int64_t retry_ms, std::string_view type,
                             std::string_view message) {
  std::fflush(stdout);
  report_dropped_lines();
  answer_ = Answer::kComplete;
  output_.begin(FrameType::kError, number_);
  output_.fixed(ErrorBody{status, flags, retry_ms});
  output_.text(type.substr(0, kFailureTextMax));
  output_.text(message.substr(0, kFailureTextMax));
  send_output();
}

int ServingCall::fail(const sj_failure& failure) noexcept {
  const std::lock_guard lock(mutex_);
  const std::string_view type = view(failure.type);
  if (answer_ == Answer::kNone) {
    hook_failure_ = type.substr(0, kFailureTextMax);
    if (!hook_failure_.empty()) hook_failure_ += ": ";
    hook_failure_ += view(failure.message).substr(0, kFailureTextMax);
    return SJ_OK;
  }
  if (answer_ == Answer::kComplete) return SJ_EINVAL;
  const std::uint32_t marks = is_out_of_memory(type) ? kErrorOutOfMemory : 0u;
  send_error(failure.status, failure.flags | marks, failure.retry_ms, type, view(failure.message));
  return SJ_OK;
}

int ServingCall::begin(const sj_response& response) noexcept {
  const std::lock_guard lock(mutex_);
  if (answer_ != Answer::kOpen) return SJ_EINVAL;
  sj_response head = response;
  head.body = {};
  build_reply_head(head);
  output_.flag(kStreamed);
  output_.flag(kBodyFollows);
  if (!output_.fits()) return refuse_reply("the limit of a reply's head", kFramePayloadMax);
  answer_ = Answer::kStreaming;
  credit_ = kStreamCreditStart;
  send_output();
  return SJ_OK;
}

bool ServingCall::wait_for_credit() {
  const int64_t left_ns = time_left_ns();
  constexpr int64_t kTurnMs = 1000;
  const int64_t left_ms = left_ns == INT64_MAX ? kTurnMs : std::min(kTurnMs, left_ns / 1'000'000 + 1);
  if (left_ns > 0) channel_.wait(static_cast<int>(left_ms));
  return left_ns > 0;
}

int ServingCall::write(sj_bytes bytes) noexcept {
  std::string_view rest = view(bytes);
  std::fflush(stdout);
  while (!rest.empty()) {
    std::unique_lock lock(mutex_);
    if (answer_ != Answer::kStreaming) return SJ_EINVAL;
    look_ahead();
    if (cancelled_.load(std::memory_order_relaxed)) return SJ_EGONE;
    const std::size_t size = std::min({rest.size(), std::size_t{kBodyChunkMax}, static_cast<std::size_t>(credit_)});
    if (size == 0) {
      waits_ = true;
      lock.unlock();
      const bool in_time = wait_for_credit();
      lock.lock();
      waits_ = false;
      if (!in_time) return SJ_ETIME;
      continue;
    }
    FrameHeader header;
    header.type = FrameType::kBody;
    header.call = number_;
    header.length = static_cast<std::uint32_t>(size);
    iovec pieces[] = {{&header, sizeof header}, {const_cast<char*>(rest.data()), size}};
    if (!channel_.send(pieces, 2)) ::_exit(0);
    credit_ -= size;
    rest.remove_prefix(size);
  }
  return SJ_OK;
}

int ServingCall::end(sj_fields trailers) noexcept {
  const std::lock_guard lock(mutex_);
  if (answer_ != Answer::kStreaming) return SJ_EINVAL;
  std::fflush(stdout);
  report_dropped_lines();
  output_.begin(FrameType::kBodyEnd, number_);
  output_.fixed(static_cast<std::uint32_t>(trailers.count));
  output_.fields(trailers);
  if (!output_.fits()) return SJ_ELIMIT;
  answer_ = Answer::kComplete;
  send_output();
  return SJ_OK;
}

}  // namespace sojourn
