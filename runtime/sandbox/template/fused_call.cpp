// What a fused link asks of its call, and how it answers it.
#include <algorithm>
#include <cstdio>

#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/template/fused_chain.h"

namespace sojourn {
namespace {

constexpr std::string_view kErrorField = "x-sojourn-error";
constexpr std::size_t kLogFieldsMax = 32;

// A fault as a response, as the platform words it to a client.
struct ShownFault {
  std::int32_t status;
  std::string_view code;
  std::string_view message;
};

ShownFault shown_fault(std::uint32_t marks, std::string_view type) {
  if ((marks & kErrorOutOfMemory) != 0 || type == "std::bad_alloc")
    return {502, "out_of_memory", "the function ran out of memory (memory)"};
  if ((marks & kErrorReplyLimit) != 0) return {502, "broken_reply", "the reply is longer than its limit (replyLimit)"};
  if ((marks & kErrorNoReply) != 0)
    return {500, "function_threw", "the function returned and had not answered, or not to the end"};
  return {500, "function_threw", "the function threw an exception; its log has the type and the message"};
}

sj_field field(std::string_view name, std::string_view value) {
  return {bytes_of(name), bytes_of(value)};
}

}  // namespace

void FusedCall::open(Answer answer) {
  answer_ = answer;
  runs_ = false;
  called_out_ = false;
  failed_ = false;
}

void FusedCall::close(int result) {
  if (answer_ == Answer::kComplete) return;
  char text[96];
  const char* const when = answer_ == Answer::kStreaming ? "before the end of its stream" : "without a reply";
  std::snprintf(text, sizeof text, "the entry returned %d %s", result, when);
  fail_with(kErrorNoReply, text);
}

void FusedCall::log(int level, sj_bytes text, sj_fields more) noexcept {
  if (index_ + 1 == chain_->count()) return chain_->base_.log(level, text, more);
  sj_field fields[kLogFieldsMax];
  fields[0] = field("link", chain_->module_.links()[index_].name);
  const std::size_t count = std::min(more.count, kLogFieldsMax - 1);
  std::copy_n(more.items, count, fields + 1);
  chain_->base_.log(level, text, {fields, count + 1});
}

int FusedCall::value(int what, sj_bytes key, sj_bytes* out) noexcept {
  if (what == SJ_WITH) return with_value(chain_->module_.links()[index_].with, out);
  return chain_->base_.value(what, key, out);
}

int64_t FusedCall::time_left_ns() const noexcept {
  return chain_->base_.time_left_ns();
}

int FusedCall::cancelled() noexcept {
  return chain_->base_.cancelled();
}

int FusedCall::reply(const sj_response& response) noexcept {
  if (answer_ != Answer::kOpen) return SJ_EINVAL;
  const bool hands_failure_on = chain_->is_failure_of(index_ + 1, response);
  if (hands_failure_on)
    chain_->calls_[index_ + 1].failed_ = false;
  else
    chain_->settle(index_ + 1);
  if (is_outermost()) {
    const int code = hands_failure_on ? chain_->base_.fail(chain_->failure()) : chain_->base_.reply(response);
    if (code == SJ_OK || code == SJ_ELIMIT) answer_ = Answer::kComplete;
    return code;
  }
  if (response.status < 200 || response.status > 599) return SJ_EINVAL;
  FusedReply::Kept kept = reply_.keep_head(response, hands_failure_on ? kErrorField : std::string_view());
  if (kept == FusedReply::Kept::kKept) kept = reply_.add_body(view(response.body), chain_->reply_limit_);
  const int code = after_keeping(kept, response.body.size);
  if (code != SJ_OK) return code;
  failed_ = hands_failure_on;
  answer_ = Answer::kComplete;
  return SJ_OK;
}

// What did not fit fails the link, with the limit's name.
int FusedCall::after_keeping(FusedReply::Kept kept, std::uint64_t size) {
  char text[160];
  const auto bytes = static_cast<unsigned long long>(size);
  switch (kept) {
    case FusedReply::Kept::kKept:
      return SJ_OK;
    case FusedReply::Kept::kHeadTooLarge:
      fail_with(kErrorReplyLimit, "the head of the reply is over the limit of a reply's head (262144 bytes)");
      break;
    case FusedReply::Kept::kBodyTooLarge:
      std::snprintf(text, sizeof text, "the reply of %llu bytes is over replyLimit (%llu bytes)", bytes,
                    static_cast<unsigned long long>(chain_->reply_limit_));
      fail_with(kErrorReplyLimit, text);
      break;
    case FusedReply::Kept::kNoMemory:
      std::snprintf(text, sizeof text, "the reply of %llu bytes does not fit into the function's memory twice", bytes);
      fail_with(kErrorOutOfMemory, text);
      break;
  }
  return SJ_ELIMIT;
}

void FusedCall::fail_with(std::uint32_t marks, std::string_view message) {
  keep_failure({sizeof(sj_failure), 0, marks, 0, bytes_of("sojourn"), bytes_of(message)});
}

int FusedCall::fail(const sj_failure& failure) noexcept {
  if (answer_ == Answer::kComplete) return SJ_EINVAL;
  if (answer_ == Answer::kHook) {
    failed_ = true;
    return chain_->base_.fail(failure);
  }
  if (!is_outermost()) {
    keep_failure(failure);
    return SJ_OK;
  }
  chain_->settle(index_ + 1);
  answer_ = Answer::kComplete;
  return chain_->base_.fail(failure);
}

// The link has failed: its reply is what the link around it sees of that.
void FusedCall::keep_failure(const sj_failure& failure) {
  chain_->settle(index_ + 1);
  FusedChain::Failure& kept = chain_->failure_;
  const bool is_answer = failure.status >= 400 && failure.status <= 599;
  kept.status = is_answer ? failure.status : 0;
  kept.flags = failure.flags;
  kept.retry_ms = failure.retry_ms;
  kept.type = view(failure.type);
  kept.message = view(failure.message);
  answer_ = Answer::kComplete;
  failed_ = true;

  std::string seconds, body;
  sj_field fields[2];
  sj_response shown{sizeof(sj_response), kept.status, 0, {fields, 1}, bytes_of(kept.message)};
  if (is_answer) {
    fields[0] = field("content-type", "text/plain; charset=utf-8");
    if ((kept.flags & SJ_FAIL_RETRY_AFTER) != 0) {
      seconds = std::to_string((std::max<std::int64_t>(kept.retry_ms, 0) + 999) / 1000);
      fields[shown.headers.count++] = field("retry-after", seconds);
    }
  } else {
    const ShownFault fault = shown_fault(kept.flags, kept.type);
    body = R"({"error":{"code":")";
    body.append(fault.code).append(R"(","message":")").append(fault.message);
    sj_bytes call_id{};
    if (chain_->base_.value(SJ_CALL_ID, {}, &call_id) == SJ_OK) body.append(R"(","callId":")").append(view(call_id));
    body.append("\"}}\n");
    fields[0] = field("content-type", "application/json");
    fields[shown.headers.count++] = field(kErrorField, fault.code);
    shown.status = fault.status;
    shown.body = bytes_of(body);
  }
  // Where memory is short the status has to do.
  if (reply_.keep_head(shown, kErrorField) == FusedReply::Kept::kKept) [[maybe_unused]]
    const auto kept_body = reply_.add_body(view(shown.body), shown.body.size);
}

int FusedCall::begin(const sj_response& head) noexcept {
  if (answer_ != Answer::kOpen) return SJ_EINVAL;
  chain_->settle(index_ + 1);
  if (!is_outermost()) {
    if (head.status < 200 || head.status > 599) return SJ_EINVAL;
    const int code = after_keeping(reply_.keep_head(head, {}), 0);
    if (code == SJ_OK) answer_ = Answer::kStreaming;
    return code;
  }
  const int code = chain_->base_.begin(head);
  if (code == SJ_OK) answer_ = Answer::kStreaming;
  if (code == SJ_ELIMIT) answer_ = Answer::kComplete;
  return code;
}

int FusedCall::write(sj_bytes chunk) noexcept {
  if (answer_ != Answer::kStreaming) return SJ_EINVAL;
  sj_call& base = chain_->base_;
  if (is_outermost()) return base.write(chunk);
  if (base.cancelled() != 0) return SJ_EGONE;
  if (base.time_left_ns() <= 0) return SJ_ETIME;
  return after_keeping(reply_.add_body(view(chunk), chain_->reply_limit_), reply_.response().body.size + chunk.size);
}

int FusedCall::end(sj_fields trailers) noexcept {
  if (answer_ != Answer::kStreaming) return SJ_EINVAL;
  const int code = is_outermost() ? chain_->base_.end(trailers) : SJ_OK;
  if (code == SJ_OK) answer_ = Answer::kComplete;
  return code;
}

int FusedCall::next(const sj_request& request, const sj_response** out) noexcept {
  called_out_ = index_ + 1 == chain_->count();
  return chain_->next(index_, request, out);
}

int FusedCall::call(sj_bytes function, const sj_request& request, const sj_response** out) noexcept {
  called_out_ = true;
  return chain_->base_.call(function, request, out);
}

int FusedCall::emit(sj_fields attributes, sj_bytes data) noexcept {
  return chain_->base_.emit(attributes, data);
}

int FusedCall::enqueue(sj_bytes queue, sj_fields attributes, sj_bytes data) noexcept {
  return chain_->base_.enqueue(queue, attributes, data);
}

int FusedCall::state(int operation, sj_bytes key, sj_bytes value, int64_t ttl_ms, uint64_t* revision,
                     sj_bytes* out) noexcept {
  return chain_->base_.state(operation, key, value, ttl_ms, revision, out);
}

int FusedCall::lease(sj_bytes name, int64_t ttl_ms, uint64_t* fence) noexcept {
  return chain_->base_.lease(name, ttl_ms, fence);
}

int FusedCall::connect(sj_bytes name) noexcept {
  return chain_->base_.connect(name);
}

int FusedCall::read(sj_bytes* chunk) noexcept {
  return called_out_ ? chain_->base_.read(chunk) : SJ_EINVAL;
}

}  // namespace sojourn
