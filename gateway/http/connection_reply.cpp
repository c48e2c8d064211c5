// The half of a Connection that writes, ends, and watches the clock.
#include <algorithm>

#include "gateway/http/connection.h"
#include "gateway/http/connection_set.h"

namespace sojourn {
namespace {

constexpr std::size_t kWrittenAtOnce = 32 * 1024;  // bodies from here on are not copied first
constexpr std::size_t kKeptPendingBytes = 16 * 1024;

// 10000 ms as `10 s`, 80 ms as `0.08 s`.
std::string in_seconds(std::chrono::milliseconds span) {
  std::string text = std::to_string(span.count() / 1000);
  if (const auto rest = span.count() % 1000; rest > 0) {
    std::string digits = std::to_string(1000 + rest).substr(1);
    while (digits.back() == '0') digits.pop_back();
    text += "." + digits;
  }
  return text + " s";
}

}  // namespace

bool Connection::discards_rest(const HttpExchange& exchange) const {
  return !chunked_ && !continue_owed_ && exchange.keep_alive && body_left_ <= set_.limits().discard_bytes_max;
}

void Connection::before_whole_reply(HttpExchange& exchange) {
  if (&exchange != &in_flight_.newest()) return;
  if (stage_ == Stage::kBody && !discards_rest(exchange)) exchange.keep_alive = false;
  if (stage_ == Stage::kHead && set_.draining() && pending_.empty()) exchange.keep_alive = false;
  if (!exchange.keep_alive) read_no_more_requests();
}

void Connection::before_streamed_reply(HttpExchange& exchange) {
  const bool until_close = exchange.head().minor_version == 0;
  if (until_close) exchange.keep_alive = false;
  if (&exchange != &in_flight_.newest()) return;
  // The body may still be wanted, so reading goes on; what would follow it does not.
  if (stage_ == Stage::kBody) exchange.keep_alive = false;
  if (stage_ == Stage::kHead && set_.draining() && pending_.empty()) exchange.keep_alive = false;
  if (!exchange.keep_alive && stage_ == Stage::kHead) read_no_more_requests();
}

std::size_t Connection::unsent_of(const HttpExchange& exchange) const {
  if (&exchange == &in_flight_.oldest()) return out_.size() + tcp_.unsent();
  return const_cast<HttpExchange&>(exchange).held().size();
}

void Connection::send_body(HttpExchange& exchange, std::string_view body) {
  if (body.size() < kWrittenAtOnce || &exchange != &in_flight_.oldest() || tcp_.unsent() > 0 || broken_) {
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
  if (all_sent && !in_flight_.empty() && in_flight_.oldest().wants_room()) set_.schedule_room(*this);
  if (all_sent && in_flight_.empty() && stage_ == Stage::kNoMore) return finish();
  if (stage_ == Stage::kHead && !pending_.empty() && may_begin_request()) {
    pending_.erase(0, consume(pending_.data(), pending_.size()));
    if (pending_.empty() && pending_.capacity() > kKeptPendingBytes) pending_.shrink_to_fit();
  }
  update_reading();
}

// Lets go of exchanges that are over; the next in line may write on.
void Connection::settle() {
  while (!in_flight_.empty()) {
    HttpExchange& exchange = in_flight_.oldest();
    if (exchange.reply_stage() != HttpExchange::ReplyStage::kComplete) return;
    break_off_ = exchange.break_off();
    if (break_off_ != HttpExchange::BreakOff::kNo) return;
    if (stage_ == Stage::kBody && in_flight_.size() == 1) return;  // the rest of its body is being discarded
    const bool is_last = !exchange.keep_alive;
    pop_oldest();
    if (is_last) read_no_more_requests();
    while (is_last && !in_flight_.empty()) pop_oldest();  // asked behind a reply that turned out to be the last
    if (in_flight_.empty()) {
      since_ = loop().now();
      return;
    }
    out_.append(in_flight_.oldest().held().view());
    in_flight_.oldest().held().clear();
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
  if (stage_ == Stage::kClosing || in_flight_.empty() || unsent_of(in_flight_.oldest()) > 0) return;
  in_flight_.oldest().on_room();
}

HttpExchange& Connection::push_exchange() {
  HttpExchange& exchange = in_flight_.push(set_.take_exchange());
  exchange.open(*this, set_.limits().body_bytes_max);
  return exchange;
}

void Connection::pop_oldest() {
  std::unique_ptr<HttpExchange> exchange = in_flight_.pop();
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
  if (stage_ == Stage::kHead && in_flight_.empty() && pending_.empty() && tcp_.unsent() == 0) finish();
}

void Connection::close() {
  if (stage_ == Stage::kClosing) return;
  stage_ = Stage::kClosing;
  while (!in_flight_.empty()) pop_oldest();
  out_.clear();
  pending_.clear();
  pending_.shrink_to_fit();
  if (break_off_ == HttpExchange::BreakOff::kReset) return tcp_.reset();
  tcp_.close();
}

std::size_t Connection::held_bytes() const {
  return tcp_.unsent() + out_.size() + pending_.size() + in_flight_.gathered_bytes() + in_flight_.waiting_bytes();
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
  if (stage_ == Stage::kLingering && now - since_ >= limits.linger) return close();
  if (!reading_) return;
  if (stage_ == Stage::kHead && !pending_.empty()) {
    if (now - since_ < limits.head_within) return;
    return refuse({408, ErrorCode::kClientTooSlow,
                   "the head was not complete within " + in_seconds(limits.head_within) + ", its limit"});
  }
  if (stage_ == Stage::kHead && in_flight_.empty() && tcp_.unsent() == 0) {
    if (now - since_ >= (served_any_ ? limits.keep_alive : limits.head_within)) finish();
    return;
  }
  if (stage_ != Stage::kBody) return;
  if (body_watch_.is_alive(now, body_bytes_, limits.progress_within, limits.bytes_per_second_min)) return;
  refuse_current({408, ErrorCode::kClientTooSlow,
                  "the body came slower than " + std::to_string(limits.bytes_per_second_min) + " bytes a second over " +
                      in_seconds(limits.progress_within) + ", the limit"});
}

}  // namespace sojourn
