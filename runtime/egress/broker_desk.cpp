#include "runtime/egress/broker_desk.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <vector>

#include "runtime/sandbox/host/passed_fds.h"

namespace sojourn {
namespace {

constexpr int kMessagesPerTurn = 64;
constexpr std::chrono::seconds kLookEvery{1};

template <class Message>
std::string bytes_of(const Message& message) {
  return std::string(reinterpret_cast<const char*>(&message), sizeof message);
}

// The stream's first bytes: there is room for them.
void announce(int function) {
  constexpr std::int32_t kMade = 0;
  [[maybe_unused]] const ssize_t sent = ::send(function, &kMade, sizeof kMade, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

BrokerDesk::BrokerDesk(Loop& loop, UniqueFd link, PrivateAddresses permission, Resolve resolve,
                       std::function<void()> on_end)
    : loop_(loop),
      link_(std::move(link)),
      permission_(permission),
      resolve_(std::move(resolve)),
      on_end_(std::move(on_end)),
      watcher_(loop, link_.get()),
      look_(loop) {
  watcher_.watch(FdWatcher::kReadable, [this](int ready) { on_link(ready); });
}

void BrokerDesk::on_link(int ready) {
  if ((ready & FdWatcher::kWritable) != 0) flush();
  for (int i = 0; i < kMessagesPerTurn; ++i) {
    alignas(OpenRequest) std::array<char, kBrokerMessageMax> bytes;
    PassedFds passed;
    const ssize_t size = receive_packet(link_.get(), bytes.data(), bytes.size(), passed);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      watcher_.stop();
      return on_end_();
    }
    if (static_cast<std::size_t>(size) != sizeof(OpenRequest)) continue;
    OpenRequest request;
    std::memcpy(&request, bytes.data(), sizeof request);
    if (request.type == BrokerMessageType::kOpen && passed.count == 1) on_request(request, std::move(passed.fds[0]));
  }
}

void BrokerDesk::refuse(std::uint64_t id) {
  OpenReply reply{};
  reply.type = BrokerMessageType::kOpened;
  reply.outcome = OpenOutcome::kTooMany;
  reply.id = id;
  send(bytes_of(reply));
}

// The resolver, counted among the lookups of `host` until its thread is back.
Resolve BrokerDesk::counted(const std::string& host) {
  ++(*lookups_)[host];
  const std::shared_ptr<void> token(nullptr, [lookups = lookups_, host](void*) {
    if (--(*lookups)[host] == 0) lookups->erase(host);
  });
  return [token, resolve = resolve_](const std::string& name, std::uint16_t port) { return resolve(name, port); };
}

void BrokerDesk::on_request(const OpenRequest& request, UniqueFd function) {
  const std::string host(request.host.data(), ::strnlen(request.host.data(), request.host.size()));
  const auto lookups = lookups_->find(host);
  const bool known = opening_.contains(request.id) || relays_.contains(request.id);
  const bool full = opening_.size() >= kOpeningMax || opening_.size() + relays_.size() >= kConnectionsMax ||
                    (lookups != lookups_->end() && lookups->second >= kLookupsMax);
  if (known || full) return refuse(request.id);
  ::fcntl(function.get(), F_SETFL, ::fcntl(function.get(), F_GETFL) | O_NONBLOCK);
  Opening& opening = opening_[request.id];
  opening.function = std::move(function);
  opening.announce = request.announce != 0;
  opening.connector = std::make_unique<Connector>(
      loop_, request, permission_, counted(host),
      [this](const OpenReply& reply, UniqueFd socket) { on_connected(reply, std::move(socket)); });
}

void BrokerDesk::on_connected(const OpenReply& reply, UniqueFd socket) {
  const auto found = opening_.find(reply.id);
  Opening opening = std::move(found->second);
  opening_.erase(found);
  if (reply.outcome == OpenOutcome::kOpened) {
    if (opening.announce) announce(opening.function.get());
    relays_[reply.id] = std::make_unique<Relay>(loop_, std::move(opening.function), std::move(socket),
                                                [this, id = reply.id] { on_relay_end(id); });
    if (!look_.active()) look_.repeat(kLookEvery, [this] { look(); });
  }
  send(bytes_of(reply));
}

void BrokerDesk::on_relay_end(std::uint64_t id) {
  const auto found = relays_.find(id);
  const std::unique_ptr<Relay> relay = std::move(found->second);
  relays_.erase(found);
  EndReport report{};
  report.type = BrokerMessageType::kEnded;
  report.id = id;
  report.sent = relay->sent();
  report.received = relay->received();
  send(bytes_of(report));
}

void BrokerDesk::look() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, relay] : relays_) ids.push_back(id);
  for (const std::uint64_t id : ids) {
    if (const auto found = relays_.find(id); found != relays_.end()) found->second->look();
  }
  if (relays_.empty()) look_.stop();
}

void BrokerDesk::send(std::string message) {
  unsent_.push_back(std::move(message));
  flush();
}

void BrokerDesk::flush() {
  while (!unsent_.empty()) {
    if (!send_packet(link_.get(), unsent_.front().data(), unsent_.front().size(), nullptr, 0)) break;
    unsent_.pop_front();
  }
  watcher_.watch(unsent_.empty() ? FdWatcher::kReadable : FdWatcher::kReadable | FdWatcher::kWritable);
}

}  // namespace sojourn
