// A Connection is one client's conversation: it reads requests off a TCP connection, has them checked, routed and
// answered, several at once, and writes the replies in the order of the requests. A request that is not well formed
// gets one reply, and the connection is closed behind it.
//
//   kHead ⇄ kBody      reading requests, until one is the last: then
//   kNoMore            what still comes in is thrown away while replies are going out; when they are out
//   kLingering         FIN is sent; the client may read them in peace, since closing with unread bytes would reset;
//   then kClosing           the socket is closed, the object soon back in its pool
//
// Rule: a responder is never dropped while it is being called. Replies only write into buffers and schedule a flush;
// what ends exchanges (flush, close, timeouts) starts from the loop.
//
// Thread: its loop.
// Owner:  the ConnectionSet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/http/chunk_check.h"
#include "gateway/http/exchange_queue.h"
#include "gateway/http/framing.h"
#include "gateway/http/head_check.h"
#include "gateway/http/http_exchange.h"
#include "gateway/http/out_buffer.h"
#include "gateway/http/progress_watch.h"
#include "runtime/loop/tcp.h"

namespace sojourn {

class ConnectionSet;

class Connection final : private TcpConnection::Events, private Framing::Sink {
 public:
  explicit Connection(ConnectionSet& set);
  ~Connection();

  // --- for the set ---
  Status open(UniqueFd socket, std::string_view peer);
  void turn_away(const Refusal& refusal);  // answers without having read a request
  void flush();                            // at the end of a turn
  void give_room();                        // tells the streaming responder that its output is gone
  void sweep(MonotonicTime now);           // looks for what takes too long
  void close_if_idle();                    // for draining
  void close();                            // at once
  std::size_t held_bytes() const;          // of bodies and replies, in memory
  std::size_t index = 0;                   // in the set
  bool flush_scheduled = false;
  bool room_scheduled = false;
  enum class Standing : std::uint8_t { kNeither, kAdmitted, kTurnedAway };
  Standing standing = Standing::kNeither;  // counted in the quota, or among those that are turned away

  // --- for exchanges ---
  const std::string& peer() const { return peer_; }
  Loop& loop() const;
  std::string_view date_line() const;
  // Decide whether the connection goes on after this reply, and write that into exchange.keep_alive.
  void before_whole_reply(HttpExchange& exchange);
  void before_streamed_reply(HttpExchange& exchange);
  OutBuffer& output_of(HttpExchange& exchange) { return &exchange == &in_flight_.oldest() ? out_ : exchange.held(); }
  std::size_t unsent_of(const HttpExchange& exchange) const;
  void send_body(HttpExchange& exchange, std::string_view body);
  void schedule_flush();
  void update_reading();
  void read_no_more_requests();

 private:
  enum class Stage : std::uint8_t { kHead, kBody, kNoMore, kLingering, kClosing };

  void on_bytes(std::span<char> bytes) override;
  void on_end() override;
  void on_written() override { flush(); }
  void on_broken() override { close(); }
  void on_closed() override;
  void on_body_bytes(std::string_view bytes) override;

  // Each returns how many bytes it used.
  std::size_t consume(char* bytes, std::size_t size);
  std::size_t consume_body(const char* bytes, std::size_t size);
  void begin_request(std::string_view head);
  void route(HttpExchange& exchange);
  std::optional<Refusal> check_host(const HttpExchange& exchange) const;
  bool send_continue();
  void on_request_read();

  void refuse(const Refusal& refusal);          // instead of a request
  void refuse_current(const Refusal& refusal);  // the request whose body is being read
  bool may_begin_request() const;
  bool discards_rest(const HttpExchange& exchange) const;

  HttpExchange& push_exchange();
  void settle();
  void pop_oldest();
  bool send();
  void finish();
  void sweep_reading(MonotonicTime now);

  ConnectionSet& set_;
  TcpConnection tcp_;
  std::string peer_;
  Stage stage_ = Stage::kClosing;
  bool reading_ = false;
  bool peer_ended_ = false;
  bool broken_ = false;
  bool continue_owed_ = false;  // Expect: 100-continue, and neither it nor a reply was sent
  bool served_any_ = false;
  HttpExchange::BreakOff break_off_ = HttpExchange::BreakOff::kNo;  // once it is the oldest's turn

  HeadCheck head_;
  ChunkCheck chunks_;
  Framing framing_;
  std::string pending_;  // read, and not yet used: from the first byte of a head
  bool chunked_ = false;
  std::uint64_t body_left_ = 0;  // of a body with a Content-Length
  std::size_t thrown_away_ = 0;

  ExchangeQueue in_flight_;
  OutBuffer out_;

  MonotonicTime since_{};  // when the wait that sweep() bounds began: for a head, for the end of it, lingering
  ProgressWatch body_watch_;
  ProgressWatch reply_watch_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;  // handed to tcp_
};

}  // namespace sojourn
