#include "gateway/http/connection.h"

#include <algorithm>
#include <cassert>

#include "gateway/http/characters.h"
#include "gateway/http/connection_set.h"

namespace sojourn {
namespace {

// "6 MiB", "10 KiB", "700 bytes": the largest unit that says it exactly.
std::string size_text(std::uint64_t bytes) {
  if (bytes > 0 && bytes % (1u << 20) == 0) return std::to_string(bytes >> 20) + " MiB";
  if (bytes > 0 && bytes % (1u << 10) == 0) return std::to_string(bytes >> 10) + " KiB";
  return std::to_string(bytes) + " bytes";
}

constexpr std::size_t kThrownAwayMax = 1024 * 1024;  // of a client that goes on sending after the last request

bool is_loopback_name(std::string_view host) {
  const std::size_t colon = host.starts_with('[') ? host.find("]:") : host.rfind(':');
  if (colon != std::string_view::npos) host = host.substr(0, host.starts_with('[') ? colon + 1 : colon);
  return equals_ignoring_case(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

Connection::Connection(ConnectionSet& set)
    : set_(set), tcp_(set.loop(), set.buffers(), *this), head_(set.limits()), chunks_(set.limits()), framing_(*this) {}

Connection::~Connection() {
  while (!in_flight_.empty()) pop_oldest();
}

Loop& Connection::loop() const {
  return set_.loop();
}
std::string_view Connection::date_line() const {
  return set_.date_line();
}

Status Connection::open(UniqueFd socket, std::string_view peer) {
  peer_.assign(peer);
  stage_ = Stage::kHead;
  peer_ended_ = broken_ = continue_owed_ = served_any_ = false;
  break_off_ = HttpExchange::BreakOff::kNo;
  head_.reset();
  thrown_away_ = 0;
  body_watch_.rest();
  reply_watch_.rest();
  body_bytes_ = sent_bytes_ = 0;
  since_ = loop().now();
  if (Status opened = tcp_.open(std::move(socket)); !opened.ok()) {
    stage_ = Stage::kClosing;
    return opened;
  }
  reading_ = true;
  tcp_.start_reading();
  return {};
}

void Connection::turn_away(const Refusal& refusal) {
  refuse(refusal);
}

// --- reading ---

void Connection::on_bytes(std::span<char> bytes) {
  set_.counters().bytes_in.add(bytes.size());
  if (pending_.empty()) {
    const std::size_t used = consume(bytes.data(), bytes.size());
    if (stage_ == Stage::kHead && used < bytes.size()) pending_.assign(bytes.data() + used, bytes.size() - used);
  } else {
    pending_.append(bytes.data(), bytes.size());
    pending_.erase(0, consume(pending_.data(), pending_.size()));
  }
  update_reading();
}

std::size_t Connection::consume(char* bytes, std::size_t size) {
  std::size_t used = 0;
  while (used < size) {
    if (stage_ == Stage::kBody) {
      used += consume_body(bytes + used, size - used);
      continue;
    }
    if (stage_ != Stage::kHead) {
      thrown_away_ += size - used;
      return size;
    }
    if (!may_begin_request()) break;
    if (!head_.begun()) since_ = loop().now();
    const HeadCheck::Verdict verdict = head_.scan(bytes + used, size - used);
    if (verdict == HeadCheck::Verdict::kMore) break;
    if (verdict == HeadCheck::Verdict::kRefused) {
      refuse(head_.take_refusal());
      return size;
    }
    const std::size_t head_size = head_.size();
    begin_request({bytes + used, head_size});
    used += head_size;
  }
  return used;
}

bool Connection::may_begin_request() const {
  return in_flight_.size() < set_.limits().pipelined_max &&
         in_flight_.gathered_bytes() <= set_.limits().pipelined_body_bytes_max;
}

void Connection::begin_request(std::string_view head) {
  const HeadFacts& facts = head_.facts();
  HttpExchange& exchange = push_exchange();
  chunked_ = facts.body == HeadFacts::Body::kChunked;
  body_left_ = facts.content_length;
  stage_ = Stage::kBody;
  served_any_ = true;
  if (Status taken = exchange.take_head(facts, head); !taken.ok()) {
    return refuse_current({400, ErrorCode::kBadRequest, taken.error().text()});
  }
  const bool no_body = facts.body == HeadFacts::Body::kNone;
  const Framing::Progress progress = framing_.begin(head);
  if (progress != (no_body ? Framing::Progress::kComplete : Framing::Progress::kMore)) {
    return refuse_current({400, ErrorCode::kBadRequest, std::string(framing_.reason())});
  }
  if (auto misdirected = check_host(exchange)) return refuse_current(*misdirected);
  set_.counters().requests.add(1);
  if (set_.draining()) exchange.keep_alive = false;
  continue_owed_ = !no_body && facts.expect == HeadFacts::Expect::kContinue;
  chunks_.reset();
  if (no_body) stage_ = exchange.keep_alive ? Stage::kHead : Stage::kNoMore;
  head_.reset();
  route(exchange);
  if (no_body) return exchange.on_request_complete();
  if (stage_ == Stage::kBody && exchange.has_responder()) {
    exchange.expect_body(body_left_, set_.buffers());
    send_continue();
  }
}

void Connection::route(HttpExchange& exchange) {
  if (exchange.head().target == "*") return exchange.reply(204, {&kAllow, 1}, {});  // asks about the server as a whole
  exchange.set_responder(set_.router().route(exchange));
  if (!exchange.has_responder()) {
    if (exchange.reply_stage() == HttpExchange::ReplyStage::kNone) {
      exchange.fail(Error(ErrorCode::kInternal, "no responder for this route"), {});
    }
    return;
  }
  if (body_left_ > exchange.body_limit() && exchange.reply_stage() == HttpExchange::ReplyStage::kNone) {
    refuse_current({413, ErrorCode::kBodyTooLarge,
                    "the body of " + std::to_string(body_left_) + " bytes is larger than " +
                        size_text(exchange.body_limit()) + ", the limit of this route"});
  }
}

std::optional<Refusal> Connection::check_host(const HttpExchange& exchange) const {
  if (set_.host_check() == HostCheck::kAny || !head_.facts().has_host) return std::nullopt;
  if (is_loopback_name(exchange.head().header("host"))) return std::nullopt;
  return Refusal{421, ErrorCode::kMisdirected,
                 "this server answers on loopback only, to the Hosts localhost, 127.0.0.1 and [::1]"};
}

// Once the client waits for it, its request is the oldest, and its body is wanted. True when it was sent.
bool Connection::send_continue() {
  if (!continue_owed_ || stage_ != Stage::kBody || in_flight_.size() != 1 || !in_flight_.newest().has_responder())
    return false;
  if (in_flight_.newest().reply_stage() != HttpExchange::ReplyStage::kNone) return false;
  continue_owed_ = false;
  out_.append("HTTP/1.1 100 Continue\r\n\r\n");
  schedule_flush();
  return true;
}

std::size_t Connection::consume_body(const char* bytes, std::size_t size) {
  std::size_t used = 0;
  bool ends = false;
  continue_owed_ = false;  // the client did not wait
  if (chunked_) {
    const ChunkCheck::Verdict verdict = chunks_.scan({bytes, size}, used);
    if (verdict == ChunkCheck::Verdict::kRefused) {
      refuse_current({400, ErrorCode::kBadRequest, chunks_.reason()});
      return size;
    }
    ends = verdict == ChunkCheck::Verdict::kComplete;
  } else {
    used = static_cast<std::size_t>(std::min<std::uint64_t>(size, body_left_));
    body_left_ -= used;
    ends = body_left_ == 0;
  }
  body_bytes_ += used;
  const Framing::Progress progress = framing_.feed({bytes, used});
  if (stage_ != Stage::kBody) return size;
  if (progress != (ends ? Framing::Progress::kComplete : Framing::Progress::kMore)) {
    refuse_current({400, ErrorCode::kBadRequest, std::string(framing_.reason())});
    return size;
  }
  if (ends) on_request_read();
  return used;
}

void Connection::on_body_bytes(std::string_view bytes) {
  if (stage_ != Stage::kBody || in_flight_.newest().take_body(bytes)) return;
  refuse_current(
      {413, ErrorCode::kBodyTooLarge,
       "the body is larger than " + size_text(in_flight_.newest().body_limit()) + ", the limit of this route"});
}

void Connection::on_request_read() {
  HttpExchange& exchange = in_flight_.newest();
  stage_ = exchange.keep_alive ? Stage::kHead : Stage::kNoMore;
  body_watch_.rest();
  exchange.on_request_complete();
  schedule_flush();
}

void Connection::update_reading() {
  bool wanted = false;
  if (stage_ == Stage::kHead) wanted = may_begin_request();
  if (stage_ == Stage::kBody) wanted = !in_flight_.newest().body_paused(set_.limits().stream_window_bytes);
  if (stage_ == Stage::kNoMore || stage_ == Stage::kLingering) wanted = thrown_away_ < kThrownAwayMax;
  wanted = wanted && !peer_ended_;
  if (wanted == reading_) return;
  reading_ = wanted;
  if (!wanted) return tcp_.stop_reading();
  body_watch_.rest();
  tcp_.start_reading();
}

void Connection::on_end() {
  peer_ended_ = true;
  reading_ = false;
  switch (stage_) {
    case Stage::kHead:
      if (!pending_.empty())
        return refuse({400, ErrorCode::kBadRequest, "the connection ended in the middle of a head"});
      stage_ = Stage::kNoMore;
      return schedule_flush();
    case Stage::kBody:
      return refuse_current({400, ErrorCode::kBadRequest, "the connection ended in the middle of a body"});
    case Stage::kNoMore:
      return schedule_flush();
    case Stage::kLingering:
    case Stage::kClosing:
      return close();
  }
}

// --- refusing ---

void Connection::refuse(const Refusal& refusal) {
  set_.counters().refused[static_cast<std::size_t>(refusal.code)].add(1);
  HttpExchange& exchange = push_exchange();
  read_no_more_requests();
  exchange.keep_alive = false;
  exchange.refuse(refusal);
}

void Connection::refuse_current(const Refusal& refusal) {
  set_.counters().refused[static_cast<std::size_t>(refusal.code)].add(1);
  HttpExchange& exchange = in_flight_.newest();
  exchange.drop_responder();
  exchange.keep_alive = false;
  read_no_more_requests();
  switch (exchange.reply_stage()) {
    case HttpExchange::ReplyStage::kNone:
      return exchange.refuse(refusal);
    case HttpExchange::ReplyStage::kStreaming:
      return exchange.abort();
    case HttpExchange::ReplyStage::kComplete:
      return schedule_flush();
  }
}

void Connection::read_no_more_requests() {
  if (stage_ == Stage::kHead || stage_ == Stage::kBody) stage_ = Stage::kNoMore;
  continue_owed_ = false;
}

}  // namespace sojourn
