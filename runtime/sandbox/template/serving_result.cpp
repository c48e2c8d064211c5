#include "runtime/sandbox/template/serving_result.h"

#include <cstring>
#include <utility>

#include "runtime/sandbox/protocol/payload.h"
#include "runtime/sandbox/template/function_facts.h"

namespace sojourn {

void ServingResult::begin(std::uint32_t number) {
  state_ = State::kWaiting;
  number_ = number;
  code_ = SJ_OK;
  filled_ = 0;
  unwanted_ = false;
}

void ServingResult::release() {
  state_ = State::kNone;
  number_ = 0;
  unwanted_ = false;
  head_.done();
  body_.done();
}

void ServingResult::finish(int code) {
  code_ = code;
  state_ = State::kDone;
}

bool ServingResult::take(const Frame& frame) {
  if (frame.header.stream != number_ || state_ == State::kNone) return false;
  switch (frame.header.type) {
    case FrameType::kResult:
      if (state_ == State::kWaiting) on_result(frame);
      return true;
    case FrameType::kBody:
      if (state_ == State::kGathering || state_ == State::kStreaming) add_body(frame.payload);
      return true;
    case FrameType::kBodyEnd:
      if (state_ == State::kStreaming) state_ = State::kEnded;
      if (state_ != State::kGathering) return true;
      response_.body = {place_, filled_};
      finish(place_ != nullptr ? SJ_OK : SJ_ELIMIT);
      return true;
    case FrameType::kCancel:
      if (state_ == State::kStreaming) state_ = State::kBroken;
      return true;
    default:
      return false;
  }
}

// Copies the payload and makes the response of views of the copy. False: there is no memory for it.
bool ServingResult::keep_head(std::string_view payload) {
  char* const copy = head_.take(payload.size());
  if (copy == nullptr) return false;
  std::memcpy(copy, payload.data(), payload.size());
  PayloadReader in({copy, payload.size()});
  const auto head = in.fixed<ResultHead>();
  if (head.header_count > kFieldsMax) return false;
  for (std::uint32_t index = 0; index < head.header_count; ++index) {
    fields_[index].name = bytes_of(in.text());
    fields_[index].value = bytes_of(in.text());
  }
  response_ = {sizeof(sj_response), head.status, 0, {fields_, head.header_count}, bytes_of(in.rest())};
  return in.ok();
}

void ServingResult::on_result(const Frame& frame) {
  const auto head = PayloadReader(frame.payload).fixed<ResultHead>();
  if (head.code != SJ_OK) return finish(head.code);
  const bool kept = keep_head(frame.payload);
  if ((frame.header.flags & kStreamed) != 0) {
    response_.streamed = 1;
    half_ = 0;
    state_ = State::kStreaming;
    unwanted_ = !kept;
    if (!kept) finish(SJ_ELIMIT);
    return;
  }
  if ((frame.header.flags & kBodyFollows) == 0) return finish(kept ? SJ_OK : SJ_ELIMIT);
  // Without memory for it the body is still read, and forgotten.
  place_ = kept ? body_.take(head.body_size + 1) : nullptr;
  state_ = State::kGathering;
}

void ServingResult::add_body(std::string_view bytes) {
  if (state_ == State::kStreaming) {
    if (bytes.size() > kHalf - filled_) return;  // beyond the credit: the gateway does not do that
    std::memcpy(stream_[half_] + filled_, bytes.data(), bytes.size());
  } else if (place_ != nullptr && bytes.size() <= body_.capacity() - filled_) {
    std::memcpy(place_ + filled_, bytes.data(), bytes.size());
  } else {
    place_ = nullptr;
    return;
  }
  filled_ += bytes.size();
}

std::string_view ServingResult::take_chunk() {
  if (filled_ == 0 || !is_stream()) return {};
  const std::string_view chunk{stream_[half_], std::exchange(filled_, 0)};
  half_ = 1 - half_;
  return chunk;
}

void ServingOutcome::begin(std::uint32_t stream) {
  stream_ = stream;
  arrived_ = false;
}

void ServingOutcome::release() {
  stream_ = 0;
  arrived_ = false;
  kept_.done();
}

bool ServingOutcome::take(const Frame& frame) {
  if (frame.header.type != FrameType::kOutcome || stream_ == 0 || frame.header.stream != stream_) return false;
  PayloadReader in(frame.payload);
  code_ = in.fixed<OutcomeHead>().code;
  number_ = in.fixed<std::uint64_t>();
  const std::string_view value = in.text();
  char* const copy = value.empty() ? nullptr : kept_.take(value.size());
  if (copy != nullptr) std::memcpy(copy, value.data(), value.size());
  if (copy == nullptr && !value.empty()) code_ = SJ_ELIMIT;
  value_ = {copy, copy == nullptr ? 0 : value.size()};
  stream_ = 0;
  arrived_ = true;
  return true;
}

}  // namespace sojourn
