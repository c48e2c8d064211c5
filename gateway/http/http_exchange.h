// The HttpExchange is the Exchange of an HTTP/1.1 connection: the head it keeps, the body it gathers or passes on, and
// the reply it writes into the connection's output, or holds until the replies before it are out.
//
// Thread: the connection's loop.
// Owner:  its connection while it is open, else the pool of the ConnectionSet, from which it comes with its buffers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/http/exchange.h"
#include "gateway/http/head_check.h"
#include "gateway/http/out_buffer.h"
#include "gateway/http/reply_head.h"
#include "runtime/base/result.h"
#include "runtime/loop/tcp.h"

namespace sojourn {

class Connection;

class HttpExchange final : public Exchange {
 public:
  enum class ReplyStage : std::uint8_t {
    kNone,       // nothing of the reply was written
    kStreaming,  // its head was
    kComplete,   // all of it was
  };

  // How the connection ends when a reply does in its middle. A body that lasts until the close needs the reset.
  enum class BreakOff : std::uint8_t { kNo, kClose, kReset };

  // --- what responders and routers use ---
  const RequestHead& head() const override { return head_; }
  std::string_view remote() const override;
  std::string_view call_id() const override;
  void set_call_id(std::string_view id) override { call_id_.assign(id); }
  Loop& loop() override;
  void set_body_limit(std::size_t bytes) override { body_limit_ = bytes; }
  void stream_body() override { body_streamed_ = true; }
  void body_consumed(std::size_t bytes) override;
  std::string_view body() const override { return body_; }
  void reply(int status, std::span<const HeaderField> headers, std::string_view body) override;
  void fail(const Error& error, std::span<const HeaderField> more) override;
  void begin(int status, std::span<const HeaderField> headers) override;
  void write(std::string_view chunk) override;
  std::size_t unsent() const override;
  void end() override;
  void abort() override;

  // --- what its connection uses ---
  // Takes it from the pool. `body_limit` holds until the router says otherwise.
  void open(Connection& connection, std::size_t body_limit);
  // Keeps a copy of the head. Fails when the target is not well formed.
  Status take_head(const HeadFacts& facts, std::string_view bytes);
  // Makes it fit for the pool: drops the responder, keeps buffers of moderate size and gives a large one back.
  void close(TcpBuffers& buffers);

  // A refusal by the server itself, with a status beside the code's own.
  void refuse(const Refusal& refusal);

  void set_responder(std::unique_ptr<Responder> responder) { responder_ = std::move(responder); }
  void drop_responder() { responder_.reset(); }
  bool has_responder() const { return responder_ != nullptr; }

  void expect_body(std::uint64_t known_size, TcpBuffers& buffers);  // 0: not known
  // Hands bytes of the body on, or keeps them. False: they go beyond the limit.
  bool take_body(std::string_view bytes);
  void on_request_complete();
  void on_room();

  ReplyStage reply_stage() const { return reply_stage_; }
  BreakOff break_off() const { return break_off_; }
  bool request_complete() const { return request_complete_; }
  std::size_t body_limit() const { return body_limit_; }
  bool body_paused(std::size_t window) const {
    return body_streamed_ && body_unconsumed_ > window && reply_stage_ != ReplyStage::kComplete;
  }
  bool wants_room() const { return wants_room_; }
  std::size_t gathered_bytes() const { return body_.size(); }
  OutBuffer& held() { return held_; }

  bool keep_alive = true;  // as far as this request is concerned; the connection may end it sooner

 private:
  ReplyHead begin_reply_head(int status, std::span<const HeaderField> headers);
  void send_error(int status, const Error& error, std::span<const HeaderField> more);

  Connection* connection_ = nullptr;
  std::unique_ptr<Responder> responder_;
  RequestHead head_;
  std::string head_bytes_;
  std::string path_;  // when it differs from its spelling
  std::vector<HeaderField> fields_;
  mutable std::string call_id_;

  std::string body_;
  std::size_t body_limit_ = 0;
  std::size_t body_received_ = 0;
  std::size_t body_unconsumed_ = 0;
  bool body_streamed_ = false;
  bool request_complete_ = false;

  ReplyStage reply_stage_ = ReplyStage::kNone;
  ReplyHead::Framing framing_ = ReplyHead::Framing::kLength;
  BreakOff break_off_ = BreakOff::kNo;
  bool sends_body_ = true;   // not for HEAD, 204 and 304
  bool wants_room_ = false;  // wrote to a stream since the last on_room
  OutBuffer held_;
};

}  // namespace sojourn
