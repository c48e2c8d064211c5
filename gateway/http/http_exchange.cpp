#include "gateway/http/http_exchange.h"

#include <array>
#include <cassert>

#include "gateway/http/connection.h"
#include "gateway/http/target.h"
#include "runtime/base/error_body.h"
#include "runtime/base/log.h"
#include "runtime/crypto/random.h"

namespace sojourn {
namespace {

constexpr std::size_t kKeptHeadBytes = 64 * 1024;
constexpr std::size_t kReservedBodyBytesMax = 1024 * 1024;  // before any of it has come

void recycle(std::string& text, std::size_t kept) {
  text.clear();
  if (text.capacity() > kept) text.shrink_to_fit();
}

}  // namespace

std::string_view RequestHead::header(std::string_view name) const {
  for (const HeaderField& field : headers) {
    if (field.name == name) return field.value;
  }
  return {};
}

void HttpExchange::open(Connection& connection, std::size_t body_limit) {
  connection_ = &connection;
  body_limit_ = body_limit;
}

void HttpExchange::close(TcpBuffers& buffers) {
  responder_.reset();
  connection_ = nullptr;
  head_ = {};
  fields_.clear();
  call_id_.clear();
  recycle(head_bytes_, kKeptHeadBytes);
  recycle(path_, kKeptHeadBytes);
  if (body_.capacity() >= TcpBuffers::kLargeBytes) buffers.take_back(std::move(body_));
  body_.clear();
  body_received_ = body_unconsumed_ = 0;
  body_streamed_ = request_complete_ = wants_room_ = false;
  reply_stage_ = ReplyStage::kNone;
  sends_body_ = keep_alive = true;
  break_off_ = BreakOff::kNo;
  held_.clear();
}

Status HttpExchange::take_head(const HeadFacts& facts, std::string_view bytes) {
  head_bytes_.assign(bytes);
  const char* base = head_bytes_.data();
  fields_.resize(facts.field_count);
  for (std::size_t i = 0; i < facts.field_count; ++i) {
    fields_[i] = {facts.fields[i].name.in(base), facts.fields[i].value.in(base)};
  }
  head_.method = facts.method.in(base);
  head_.target = facts.target.in(base);
  head_.minor_version = facts.minor_version;
  head_.headers = fields_;
  keep_alive = facts.keep_alive;
  sends_body_ = head_.method != "HEAD";
  Result<Target> target = parse_target(head_.target, head_.method, facts.host.in(base), path_);
  if (!target.ok()) return target.error();
  head_.path = target->path;
  head_.query = target->query;
  return {};
}

std::string_view HttpExchange::remote() const {
  return connection_->peer();
}
Loop& HttpExchange::loop() {
  return connection_->loop();
}

std::string_view HttpExchange::call_id() const {
  if (call_id_.empty()) {
    call_id_.resize(kUuidSize);
    write_random_uuid(call_id_.data());
  }
  return call_id_;
}

void HttpExchange::expect_body(std::uint64_t known_size, TcpBuffers& buffers) {
  if (body_streamed_) return;
  if (known_size >= TcpBuffers::kLargeBytes) body_ = buffers.lend();
  body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(known_size, kReservedBodyBytesMax)));
}

bool HttpExchange::take_body(std::string_view bytes) {
  body_received_ += bytes.size();
  if (reply_stage_ == ReplyStage::kComplete || responder_ == nullptr) return true;  // it is being discarded
  if (body_received_ > body_limit_) return false;
  if (body_streamed_) {
    body_unconsumed_ += bytes.size();
    responder_->on_body_piece(*this, bytes);
  } else {
    body_.append(bytes);
  }
  return true;
}

void HttpExchange::body_consumed(std::size_t bytes) {
  assert(bytes <= body_unconsumed_);
  body_unconsumed_ -= bytes;
  connection_->update_reading();
}

void HttpExchange::on_request_complete() {
  request_complete_ = true;
  if (responder_ != nullptr && reply_stage_ != ReplyStage::kComplete) responder_->on_request(*this);
}

void HttpExchange::on_room() {
  wants_room_ = false;
  if (responder_ != nullptr && reply_stage_ == ReplyStage::kStreaming) responder_->on_room(*this);
}

ReplyHead HttpExchange::begin_reply_head(int status, std::span<const HeaderField> headers) {
  assert(reply_stage_ == ReplyStage::kNone && "one reply to a request");
  ReplyHead head;
  head.status = status >= 200 && status <= 999 ? status : 500;
  head.fields = headers;
  head.call_id = call_id();
  head.date_line = connection_->date_line();
  if (!keep_alive) {
    head.connection = ReplyHead::Connection::kClose;
  } else if (head_.minor_version == 0) {
    head.connection = ReplyHead::Connection::kKeepAlive;
  }
  if (head.status == 204 || head.status == 304) {
    head.framing = ReplyHead::Framing::kNothing;
    sends_body_ = false;
  }
  return head;
}

void HttpExchange::reply(int status, std::span<const HeaderField> headers, std::string_view body) {
  connection_->before_whole_reply(*this);
  ReplyHead head = begin_reply_head(status, headers);
  head.length = body.size();
  append_reply_head(connection_->output_of(*this), head);
  if (sends_body_) connection_->send_body(*this, body);
  reply_stage_ = ReplyStage::kComplete;
  connection_->schedule_flush();
}

void HttpExchange::fail(const Error& error, std::span<const HeaderField> more) {
  if (reply_stage_ == ReplyStage::kStreaming) return abort();
  send_error(facts(error.code()).http_status, error, more);
}

void HttpExchange::refuse(const Refusal& refusal) {
  constexpr HeaderField kRetryAfter{"Retry-After", "1"};
  std::span<const HeaderField> more;
  if (refusal.status == 405) more = {&kAllow, 1};
  if (refusal.status == 429 || refusal.status == 503) more = {&kRetryAfter, 1};
  send_error(refusal.status, Error(refusal.code, refusal.text), more);
}

void HttpExchange::send_error(int status, const Error& error, std::span<const HeaderField> more) {
  const std::string_view code = sojourn::facts(error.code()).name;
  const std::string body = error_body(error.code(), error.text(), call_id());
  std::vector<HeaderField> fields{{"content-type", "application/json"}, {"X-Sojourn-Error", code}};
  fields.insert(fields.end(), more.begin(), more.end());
  reply(status, fields, body);
}

void HttpExchange::begin(int status, std::span<const HeaderField> headers) {
  connection_->before_streamed_reply(*this);
  ReplyHead head = begin_reply_head(status, headers);
  if (head.framing == ReplyHead::Framing::kLength) {
    head.framing = head_.minor_version == 1 ? ReplyHead::Framing::kChunked : ReplyHead::Framing::kUntilClose;
  }
  framing_ = head.framing;
  append_reply_head(connection_->output_of(*this), head);
  reply_stage_ = ReplyStage::kStreaming;
  connection_->schedule_flush();
}

void HttpExchange::write(std::string_view chunk) {
  assert(reply_stage_ == ReplyStage::kStreaming);
  if (!sends_body_ || chunk.empty()) return;
  OutBuffer& out = connection_->output_of(*this);
  if (framing_ == ReplyHead::Framing::kChunked) {
    append_chunk(out, chunk);
  } else {
    out.append(chunk);
  }
  wants_room_ = true;
  connection_->schedule_flush();
}

std::size_t HttpExchange::unsent() const {
  return connection_->unsent_of(*this);
}

void HttpExchange::end() {
  assert(reply_stage_ == ReplyStage::kStreaming);
  if (sends_body_ && framing_ == ReplyHead::Framing::kChunked) connection_->output_of(*this).append("0\r\n\r\n");
  reply_stage_ = ReplyStage::kComplete;
  if (!request_complete_) connection_->read_no_more_requests();
  connection_->schedule_flush();
}

void HttpExchange::abort() {
  reply_stage_ = ReplyStage::kComplete;
  break_off_ = framing_ == ReplyHead::Framing::kUntilClose ? BreakOff::kReset : BreakOff::kClose;
  connection_->read_no_more_requests();
  connection_->schedule_flush();
}

}  // namespace sojourn
