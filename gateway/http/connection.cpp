#include "gateway/http/connection.h"

#include <algorithm>
#include <cassert>

#include "gateway/http/characters.h"
#include "gateway/http/connection_set.h"

namespace sojourn {
namespace {

constexpr std::size_t kWrittenAtOnce = 32 * 1024;    // bodies from here on are not copied first
constexpr std::size_t kThrownAwayMax = 1024 * 1024;  // of a client that goes on sending after the last request
constexpr std::size_t kKeptPendingBytes = 16 * 1024;

bool is_loopback_name(std::string_view host) {
  const std::size_t colon = host.starts_with('[') ? host.find("]:") : host.rfind(':');
  if (colon != std::string_view::npos) host = host.substr(0, host.starts_with('[') ? colon + 1 : colon);
  return equals_ignoring_case(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

Connection::Connection(ConnectionSet& set)
    : set_(set), tcp_(set.loop(), set.buffers(), *this), head_(set.limits()), chunks_(set.limits()), framing_(*this) {}

Connection::~Connection() {
  while (in_flight_ > 0) pop_oldest();
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
  if (in_flight_ >= set_.limits().pipelined_max) return false;
  std::size_t gathered = 0;
  for (std::size_t i = 0; i < in_flight_; ++i) gathered += exchanges_[(first_ + i) % kSlots]->gathered_bytes();
  return gathered <= set_.limits().pipelined_body_bytes_max;
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
                        std::to_string(exchange.body_limit()) + " bytes, the limit of this route"});
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
  if (!continue_owed_ || stage_ != Stage::kBody || in_flight_ != 1 || !newest().has_responder()) return false;
  if (newest().reply_stage() != HttpExchange::ReplyStage::kNone) return false;
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
  if (stage_ != Stage::kBody || newest().take_body(bytes)) return;
  refuse_current(
      {413, ErrorCode::kBodyTooLarge,
       "the body is larger than " + std::to_string(newest().body_limit()) + " bytes, the limit of this route"});
}

void Connection::on_request_read() {
  HttpExchange& exchange = newest();
  stage_ = exchange.keep_alive ? Stage::kHead : Stage::kNoMore;
  body_watch_.rest();
  exchange.on_request_complete();
  schedule_flush();
}

void Connection::update_reading() {
  bool wanted = false;
  if (stage_ == Stage::kHead) wanted = may_begin_request();
  if (stage_ == Stage::kBody) wanted = !newest().body_paused(set_.limits().stream_window_bytes);
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
  HttpExchange& exchange = newest();
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

// --- replying ---

bool Connection::discards_rest(const HttpExchange& exchange) const {
  return !chunked_ && !continue_owed_ && exchange.keep_alive && body_left_ <= set_.limits().discard_bytes_max;
}

void Connection::before_whole_reply(HttpExchange& exchange) {
  if (&exchange != &newest()) return;
  if (stage_ == Stage::kBody && !discards_rest(exchange)) exchange.keep_alive = false;
  if (stage_ == Stage::kHead && set_.draining() && pending_.empty()) exchange.keep_alive = false;
  if (!exchange.keep_alive) read_no_more_requests();
}

void Connection::before_streamed_reply(HttpExchange& exchange) {
  const bool until_close = exchange.head().minor_version == 0;
  if (stage_ == Stage::kBody || until_close) exchange.keep_alive = false;
  if (&exchange != &newest() || stage_ != Stage::kHead) return;
  if (set_.draining()) exchange.keep_alive = false;
  if (!exchange.keep_alive) read_no_more_requests();
}

std::size_t Connection::unsent_of(const HttpExchange& exchange) const {
  if (&exchange == &oldest()) return out_.size() + tcp_.unsent();
  return const_cast<HttpExchange&>(exchange).held().size();
}

void Connection::send_body(HttpExchange& exchange, std::string_view body) {
  if (body.size() < kWrittenAtOnce || &exchange != &oldest() || tcp_.unsent() > 0 || broken_) {
    return output_of(exchange).append(body);
  }
  sent_bytes_ += out_.size() + body.size();
  set_.counters().bytes_out.add(out_.size() + body.size());
  broken_ = !tcp_.write(out_.view(), body);
  out_.clear();
}

void Connection::schedule_flush() {
  set_.schedule_flush(*this);
}

void Connection::flush() {
  if (stage_ == Stage::kClosing) return;
  settle();
  if (!send()) return close();
  if (break_off_ != HttpExchange::BreakOff::kNo) return tcp_.unsent() == 0 ? close() : void();
  const bool all_sent = tcp_.unsent() == 0;
  if (all_sent && in_flight_ > 0 && oldest().wants_room()) set_.schedule_room(*this);
  if (all_sent && in_flight_ == 0 && stage_ == Stage::kNoMore) return finish();
  if (stage_ == Stage::kHead && !pending_.empty() && may_begin_request()) {
    pending_.erase(0, consume(pending_.data(), pending_.size()));
    if (pending_.empty() && pending_.capacity() > kKeptPendingBytes) pending_.shrink_to_fit();
  }
  update_reading();
}

// Lets go of exchanges that are over; the next in line may write on.
void Connection::settle() {
  while (in_flight_ > 0) {
    HttpExchange& exchange = oldest();
    if (exchange.reply_stage() != HttpExchange::ReplyStage::kComplete) return;
    break_off_ = exchange.break_off();
    if (break_off_ != HttpExchange::BreakOff::kNo) return;
    if (stage_ == Stage::kBody && in_flight_ == 1) return;  // the rest of its body is being discarded
    pop_oldest();
    if (in_flight_ == 0) {
      since_ = loop().now();
      return;
    }
    out_.append(oldest().held().view());
    oldest().held().clear();
    send_continue();
  }
}

bool Connection::send() {
  if (broken_) return false;
  if (out_.empty() || tcp_.unsent() > 0) return true;
  sent_bytes_ += out_.size();
  set_.counters().bytes_out.add(out_.size());
  const bool sent = tcp_.write(out_.view());
  out_.clear();
  return sent;
}

void Connection::give_room() {
  if (stage_ == Stage::kClosing || in_flight_ == 0 || unsent_of(oldest()) > 0) return;
  oldest().on_room();
}

HttpExchange& Connection::push_exchange() {
  assert(in_flight_ < kSlots);
  std::unique_ptr<HttpExchange>& slot = exchanges_[(first_ + in_flight_) % kSlots];
  slot = set_.take_exchange();
  ++in_flight_;
  slot->open(*this, set_.limits().body_bytes_max);
  return *slot;
}

void Connection::pop_oldest() {
  std::unique_ptr<HttpExchange> exchange = std::move(exchanges_[first_ % kSlots]);
  ++first_;
  --in_flight_;
  exchange->close(set_.buffers());
  set_.give_exchange(std::move(exchange));
}

// --- ending ---

void Connection::finish() {
  if (peer_ended_) return close();
  stage_ = Stage::kLingering;
  since_ = loop().now();
  tcp_.shut_down();
  update_reading();
}

void Connection::close_if_idle() {
  if (stage_ == Stage::kHead && in_flight_ == 0 && pending_.empty() && tcp_.unsent() == 0) finish();
}

void Connection::close() {
  if (stage_ == Stage::kClosing) return;
  stage_ = Stage::kClosing;
  while (in_flight_ > 0) pop_oldest();
  out_.clear();
  pending_.clear();
  pending_.shrink_to_fit();
  if (break_off_ == HttpExchange::BreakOff::kReset) return tcp_.reset();
  tcp_.close();
}

void Connection::on_closed() {
  set_.on_closed(*this);
}

void Connection::sweep(MonotonicTime now) {
  const HttpLimits& limits = set_.limits();
  // Not what we handed over counts but what the client took: the kernel holds megabytes, and asks for more only when a
  // third of them is gone, which a slow client that is alive may need long for.
  if (tcp_.unsent() == 0) {
    reply_watch_.rest();
  } else if (!reply_watch_.is_alive(now, sent_bytes_ - tcp_.untaken(), limits.progress_within,
                                    limits.bytes_per_second_min)) {
    return close();
  }
  sweep_reading(now);
}

void Connection::sweep_reading(MonotonicTime now) {
  const HttpLimits& limits = set_.limits();
  const auto seconds = [](std::chrono::milliseconds span) {
    return std::to_string(span.count() / 1000) +
           (span.count() % 1000 ? "." + std::to_string(span.count() % 1000) : "") + " s";
  };
  if (stage_ == Stage::kLingering && now - since_ >= limits.linger) return close();
  if (!reading_) return;
  if (stage_ == Stage::kHead && !pending_.empty()) {
    if (now - since_ < limits.head_within) return;
    return refuse({408, ErrorCode::kClientTooSlow,
                   "the head was not complete within " + seconds(limits.head_within) + ", its limit"});
  }
  if (stage_ == Stage::kHead && in_flight_ == 0 && tcp_.unsent() == 0) {
    if (now - since_ >= (served_any_ ? limits.keep_alive : limits.head_within)) finish();
    return;
  }
  if (stage_ != Stage::kBody) return;
  if (body_watch_.is_alive(now, body_bytes_, limits.progress_within, limits.bytes_per_second_min)) return;
  refuse_current({408, ErrorCode::kClientTooSlow,
                  "the body came slower than " + std::to_string(limits.bytes_per_second_min) + " bytes a second over " +
                      seconds(limits.progress_within) + ", the limit"});
}

}  // namespace sojourn
