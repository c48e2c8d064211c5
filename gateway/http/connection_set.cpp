#include "gateway/http/connection_set.h"

#include <algorithm>
#include <cassert>

namespace sojourn {
namespace {

constexpr std::size_t kPooledMax = 1024;  // of connections and of exchanges
constexpr std::chrono::milliseconds kSweepEveryMax{500};
constexpr std::chrono::milliseconds kSweepEveryMin{5};

std::chrono::milliseconds sweep_interval(const HttpLimits& limits) {
  const auto shortest = std::min({limits.head_within, limits.progress_within, limits.keep_alive, limits.linger});
  return std::clamp(shortest / 4, kSweepEveryMin, kSweepEveryMax);
}

}  // namespace

ConnectionSet::ConnectionSet(Loop& loop, Router& router, const HttpOptions& options, HttpCounters& counters)
    : loop_(loop),
      router_(router),
      limits_(options.limits),
      host_check_(options.host_check),
      counters_(counters),
      quota_(options.quota ? options.quota : std::make_shared<ConnectionQuota>()),
      sweeper_(loop),
      anchor_(std::make_shared<Anchor>(Anchor{this})) {
  assert(limits_.head_bytes_max <= 65535 && limits_.fields_max <= HeadFacts::kFieldsMax);
  assert(limits_.pipelined_max >= 1 && limits_.pipelined_max <= 8);
}

ConnectionSet::~ConnectionSet() {
  anchor_->set = nullptr;
  for (const auto& connection : connections_) {
    connection->close();
    if (connection->standing == Connection::Standing::kAdmitted) quota_->leave(connection->peer());
  }
  counters_.open.set(0);
  // Work that the loop holds refers to the anchor without owning it; posted behind it, this keeps it until then.
  if (turn_end_asked_) loop_.post([kept = std::move(anchor_)] {});
}

// --- coming and going ---

void ConnectionSet::admit(UniqueFd socket, std::string_view peer) {
  counters_.accepted.add(1);
  if (draining_) return turn_away(std::move(socket), peer, {503, ErrorCode::kDraining, "the server is stopping"});
  const auto limit_text = [](int limit, std::string_view what) {
    return "more than " + std::to_string(limit) + std::string(what) + ", the limit";
  };
  switch (quota_->enter(std::string(peer), limits_.connections_max, limits_.connections_per_address_max)) {
    case ConnectionQuota::Answer::kAdmitted:
      break;
    case ConnectionQuota::Answer::kTooManyOfAddress:
      counters_.over_address.add(1);
      return turn_away(std::move(socket), peer,
                       {429, ErrorCode::kConcurrencyLimited,
                        limit_text(limits_.connections_per_address_max, " connections from this address")});
    default:
      counters_.over_connections.add(1);
      return turn_away(std::move(socket), peer,
                       {503, ErrorCode::kNoCapacity, limit_text(limits_.connections_max, " connections")});
  }
  if (Connection* connection = open(take_connection(), std::move(socket), peer)) {
    connection->standing = Connection::Standing::kAdmitted;
  } else {
    quota_->leave(std::string(peer));
  }
}

void ConnectionSet::turn_away(UniqueFd socket, std::string_view peer, const Refusal& refusal) {
  if (turned_away_ >= limits_.turned_away_max) return;  // the socket closes
  Connection* opened = open(take_connection(), std::move(socket), peer);
  if (opened == nullptr) return;
  ++turned_away_;
  opened->standing = Connection::Standing::kTurnedAway;
  opened->turn_away(refusal);
}

Connection* ConnectionSet::open(std::unique_ptr<Connection> connection, UniqueFd socket, std::string_view peer) {
  connection->standing = Connection::Standing::kNeither;
  connection->index = connections_.size();
  Connection* raw = connection.get();
  connections_.push_back(std::move(connection));
  counters_.open.set(connections_.size());
  if (connections_.size() == 1) sweeper_.repeat(sweep_interval(limits_), [this] { sweep(); });
  return raw->open(std::move(socket), peer).ok() ? raw : nullptr;
}

void ConnectionSet::on_closed(Connection& connection) {
  std::erase(to_give_room_, &connection);
  if (connection.flush_scheduled) std::erase(to_flush_, &connection);
  connection.flush_scheduled = connection.room_scheduled = false;
  if (connection.standing == Connection::Standing::kAdmitted) quota_->leave(connection.peer());
  if (connection.standing == Connection::Standing::kTurnedAway) --turned_away_;
  const std::size_t index = connection.index;
  std::swap(connections_[index], connections_.back());
  connections_[index]->index = index;
  std::unique_ptr<Connection> closed = std::move(connections_.back());
  connections_.pop_back();
  counters_.open.set(connections_.size());
  if (idle_connections_.size() < kPooledMax) idle_connections_.push_back(std::move(closed));
  if (connections_.empty()) sweeper_.stop();
  tell_if_empty();
}

std::unique_ptr<Connection> ConnectionSet::take_connection() {
  if (idle_connections_.empty()) return std::make_unique<Connection>(*this);
  std::unique_ptr<Connection> connection = std::move(idle_connections_.back());
  idle_connections_.pop_back();
  return connection;
}

std::unique_ptr<HttpExchange> ConnectionSet::take_exchange() {
  if (idle_exchanges_.empty()) return std::make_unique<HttpExchange>();
  std::unique_ptr<HttpExchange> exchange = std::move(idle_exchanges_.back());
  idle_exchanges_.pop_back();
  return exchange;
}

void ConnectionSet::give_exchange(std::unique_ptr<HttpExchange> exchange) {
  if (idle_exchanges_.size() < kPooledMax) idle_exchanges_.push_back(std::move(exchange));
}

void ConnectionSet::drain(std::function<void()> on_empty) {
  draining_ = true;
  on_empty_ = std::move(on_empty);
  for (const auto& connection : connections_) connection->close_if_idle();
  tell_if_empty();
}

void ConnectionSet::close_all() {
  for (const auto& connection : connections_) connection->close();
}

void ConnectionSet::tell_if_empty() {
  if (connections_.size() > static_cast<std::size_t>(turned_away_) || !on_empty_) return;
  loop_.post(std::move(on_empty_));
  on_empty_ = nullptr;
}

// --- turns ---

void ConnectionSet::schedule_flush(Connection& connection) {
  if (connection.flush_scheduled) return;
  connection.flush_scheduled = true;
  to_flush_.push_back(&connection);
  if (turn_end_asked_) return;
  turn_end_asked_ = true;
  loop_.at_turn_end([anchor = anchor_.get()] {
    if (anchor->set != nullptr) anchor->set->flush_scheduled();
  });
}

void ConnectionSet::flush_scheduled() {
  turn_end_asked_ = false;
  flushing_.swap(to_flush_);
  for (Connection* connection : flushing_) {
    connection->flush_scheduled = false;
    connection->flush();
  }
  flushing_.clear();
}

// Room is given in a later turn: a responder that writes on at once must not keep the loop from its other work.
void ConnectionSet::schedule_room(Connection& connection) {
  if (connection.room_scheduled) return;
  connection.room_scheduled = true;
  to_give_room_.push_back(&connection);
  if (to_give_room_.size() > 1) return;
  loop_.post([anchor = anchor_] {
    if (anchor->set != nullptr) anchor->set->give_room();
  });
}

void ConnectionSet::give_room() {
  std::vector<Connection*> connections;
  connections.swap(to_give_room_);
  for (Connection* connection : connections) {
    connection->room_scheduled = false;
    connection->give_room();
  }
}

void ConnectionSet::sweep() {
  const MonotonicTime now = loop_.now();
  for (const auto& connection : connections_) connection->sweep(now);
  cut_heaviest();
}

void ConnectionSet::cut_heaviest() {
  const auto held = [](const auto& connection) { return connection->held_bytes(); };
  std::size_t all = 0;
  for (const auto& connection : connections_) all += held(connection);
  while (all > limits_.held_bytes_max) {
    const auto heaviest = std::max_element(connections_.begin(), connections_.end(),
                                           [&](const auto& a, const auto& b) { return held(a) < held(b); });
    const std::size_t freed = held(*heaviest);
    if (freed == 0) return;
    all -= freed;
    counters_.cut.add(1);
    (*heaviest)->close();
  }
}

}  // namespace sojourn
