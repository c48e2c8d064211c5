#include "runtime/call/nested_call.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/base/error_body.h"
#include "runtime/call/call.h"
#include "runtime/call/call_side.h"
#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {
namespace {

// A function does not speak for the platform: the field stays only on what the platform said itself.
NestedReply without_forgery(const ReplyView& reply, std::vector<HeaderField>& fields) {
  const auto forged = [&](const HeaderField& field) { return !reply.failure && field.name == kErrorHeader; };
  NestedReply passed{reply.status, reply.headers, reply.body};
  if (std::none_of(reply.headers.begin(), reply.headers.end(), forged)) return passed;
  for (const HeaderField& field : reply.headers) {
    if (!forged(field)) fields.push_back(field);
  }
  passed.headers = fields;
  return passed;
}

}  // namespace

void NestedCall::begin() {
  room_ = kStreamCreditStart;
  unsent_.clear();
  ended_ = broken_ = false;
}

void NestedCall::drop() {
  handle_.reset();
  unsent_.clear();
}

void NestedCall::on_reply(const ReplyView& reply, const CallTimes&) {
  handle_.reset();
  call_.inner_failure_ = reply.failure;
  call_.inner_permanent_ = reply.permanent ? reply.status : 0;
  call_.end_asking();
  call_.instance->send_result(call_, without_forgery(reply, call_.side_.fields()));
}

void NestedCall::on_failure(const CallFailure& failure, const CallTimes&) {
  handle_.reset();
  const ChainRun& run = *call_.place_.run;
  if (failure.code == ErrorCode::kDeadline && run.time_left() < std::chrono::milliseconds(1)) {
    return call_.pass_deadline(failure);
  }
  call_.inner_failure_ = failure.code;
  call_.end_asking();
  const ErrorCodeFacts& code = facts(failure.code);
  const std::string body = error_body(failure.code, failure.text, call_.call_id());
  std::array<char, 24> seconds{};
  std::array<HeaderField, 3> fields = {
      HeaderField{"content-type", "application/json"}, {kErrorHeader, code.name}, {"retry-after", {}}};
  if (failure.retry_after) {
    const auto whole = std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(*failure.retry_after).count(), 1);
    const char* const end = std::to_chars(seconds.data(), seconds.data() + seconds.size(), whole).ptr;
    fields[2].value = {seconds.data(), static_cast<std::size_t>(end - seconds.data())};
  }
  const std::span<const HeaderField> said(fields.data(), failure.retry_after ? 3 : 2);
  call_.instance->send_result(call_, {code.http_status, said, body});
}

void NestedCall::on_stream_begin(const ReplyView& head, const CallTimes&) {
  call_.inner_failure_ = head.failure;
  call_.end_asking();
  call_.instance->begin_result(call_, without_forgery(head, call_.side_.fields()));
}

void NestedCall::on_stream_chunk(std::string_view chunk) {
  const std::size_t now = unsent_.empty() ? std::min(chunk.size(), room_) : 0;
  if (now > 0) send(chunk.substr(0, now));
  unsent_ += chunk.substr(now);
}

void NestedCall::send(std::string_view chunk) {
  room_ -= chunk.size();
  call_.instance->send_result_chunk(call_, chunk);
}

void NestedCall::read(std::size_t bytes) {
  room_ += bytes;
  const std::size_t now = std::min(unsent_.size(), room_);
  if (now > 0) {
    send(std::string_view(unsent_).substr(0, now));
    unsent_.erase(0, now);
  }
  if (!ended_) return handle_.consumed(bytes);
  // An instance that does not take what it asked for is gone by now.
  if (unsent_.empty() && call_.instance != nullptr)
    call_.instance->end_result(call_, broken_ ? ResultEnd::kBroken : ResultEnd::kWhole);
}

void NestedCall::on_stream_end(const std::optional<Error>& broken) {
  handle_.reset();
  ended_ = true;
  broken_ = broken.has_value();
  if (unsent_.empty()) call_.instance->end_result(call_, broken_ ? ResultEnd::kBroken : ResultEnd::kWhole);
}

}  // namespace sojourn
