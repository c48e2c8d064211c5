#include "runtime/egress/broker_link.h"

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <utility>

#include "runtime/base/address_rules.h"
#include "runtime/egress/connector.h"
#include "runtime/sandbox/host/passed_fds.h"

namespace sojourn {
namespace {

constexpr int kMessagesPerTurn = 64;

std::string seen(const OpenReply& reply) {
  const std::string address(reply.address.data(), ::strnlen(reply.address.data(), reply.address.size()));
  return address.empty() ? "" : address + ": ";
}

std::string judged(const OpenReply& reply) {
  const std::string address(reply.address.data(), ::strnlen(reply.address.data(), reply.address.size()));
  return address + " is " + std::string(kind_text(static_cast<AddressKind>(reply.kind)));
}

}  // namespace

std::string text_of(const OpenResult& result) {
  if (!result.reply) return "the process that connects out is being started again";
  const OpenReply& reply = *result.reply;
  switch (reply.outcome) {
    case OpenOutcome::kOpened:
      return seen(reply) + "connected";
    case OpenOutcome::kUnresolved:
      return std::string("the name was not resolved: ") + ::gai_strerror(reply.error);
    case OpenOutcome::kForbidden: {
      const bool helps = may_reach(Reach::kPrivate, static_cast<AddressKind>(reply.kind));
      return judged(reply) + (helps ? ": the manifest must say `private: true`" : ": functions never connect there");
    }
    case OpenOutcome::kNotPermitted:
      return judged(reply) + ": this server permits that only when it is started with --allow-private or --dev";
    case OpenOutcome::kFailed:
      return seen(reply) + ::strerror(reply.error);
    case OpenOutcome::kTimedOut:
      return seen(reply) + "no answer within " + std::to_string(Connector::kOpenMax.count()) + " s";
    case OpenOutcome::kTooMany:
      return "the server has as many connections of functions as it allows";
  }
  return "it failed";
}

BrokerLink::~BrokerLink() = default;

void BrokerLink::attach(UniqueFd link) {
  if (link_) end();
  link_ = std::move(link);
  watcher_.emplace(loop_, link_.get());
  watcher_->watch(FdWatcher::kReadable, [this](int ready) { on_ready(ready); });
}

void BrokerLink::open(const Destination& destination, UniqueFd function, Opened opened, Ended ended) {
  if (!link_) return loop_.at_turn_end([opened = std::move(opened)] { opened({}); });
  OpenRequest request{};
  request.type = BrokerMessageType::kOpen;
  request.id = next_id_++;
  request.port = destination.port;
  request.is_private = destination.is_private ? 1 : 0;
  request.announce = destination.announce == Announce::kYes ? 1 : 0;
  destination.host.copy(request.host.data(), request.host.size() - 1);
  connections_.emplace(request.id, Connection{std::move(opened), std::move(ended)});
  unsent_.push_back({request, std::move(function)});
  flush();
}

void BrokerLink::flush() {
  while (!unsent_.empty()) {
    const Message& message = unsent_.front();
    const int fd = message.function.get();
    if (!send_packet(link_.get(), &message.request, sizeof message.request, &fd, 1)) break;
    unsent_.pop_front();
  }
  watcher_->watch(unsent_.empty() ? FdWatcher::kReadable : FdWatcher::kReadable | FdWatcher::kWritable);
}

void BrokerLink::on_ready(int ready) {
  if ((ready & FdWatcher::kWritable) != 0 && !unsent_.empty()) flush();
  if ((ready & FdWatcher::kReadable) == 0) return;
  for (int i = 0; i < kMessagesPerTurn && link_; ++i) {
    if (!read_one()) return;
  }
}

bool BrokerLink::read_one() {
  alignas(OpenReply) std::array<char, kBrokerMessageMax> bytes;
  PassedFds passed;
  const ssize_t size = receive_packet(link_.get(), bytes.data(), bytes.size(), passed);
  if (size < 0 && errno == EAGAIN) return false;
  if (size <= 0) {
    end();
    return false;
  }
  BrokerMessageType type{};
  std::memcpy(&type, bytes.data(), sizeof type);
  if (type == BrokerMessageType::kOpened && size == sizeof(OpenReply)) {
    OpenReply reply;
    std::memcpy(&reply, bytes.data(), sizeof reply);
    on_opened(reply);
  } else if (type == BrokerMessageType::kEnded && size == sizeof(EndReport)) {
    EndReport report;
    std::memcpy(&report, bytes.data(), sizeof report);
    on_ended(report);
  }
  return true;
}

void BrokerLink::on_opened(const OpenReply& reply) {
  const auto found = connections_.find(reply.id);
  if (found == connections_.end() || !found->second.opened) return;
  const Opened opened = std::exchange(found->second.opened, nullptr);
  if (reply.outcome != OpenOutcome::kOpened) connections_.erase(found);
  opened({reply});
}

void BrokerLink::on_ended(const EndReport& report) {
  const auto found = connections_.find(report.id);
  if (found == connections_.end() || found->second.opened) return;
  const Ended ended = std::move(found->second.ended);
  connections_.erase(found);
  ended(report.sent, report.received);
}

void BrokerLink::end() {
  watcher_.reset();
  link_.reset();
  unsent_.clear();
  for (auto& [id, connection] : std::exchange(connections_, {})) {
    if (connection.opened) {
      connection.opened({});
    } else {
      connection.ended(0, 0);
    }
  }
}

}  // namespace sojourn
