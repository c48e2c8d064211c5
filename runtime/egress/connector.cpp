#include "runtime/egress/connector.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace sojourn {
namespace {

socklen_t length_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

// An address needs nobody to resolve it, and so does not wait behind names that are slow to resolve.
Resolution literal(const IpAddress& address, std::uint16_t port) {
  sockaddr_storage storage{};
  if (address.is_v6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof v6.sin6_addr);
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes.data(), sizeof v4.sin_addr);
  }
  return {0, {storage}};
}

const sockaddr& plain(const sockaddr_storage& address) {
  return reinterpret_cast<const sockaddr&>(address);
}

}  // namespace

Connector::Connector(Loop& loop, const OpenRequest& request, PrivateAddresses permission, Resolve resolve, Done done)
    : loop_(loop),
      host_(request.host.data(), ::strnlen(request.host.data(), request.host.size())),
      permission_(permission),
      wants_private_(request.is_private != 0),
      is_literal_(parse_address(host_).has_value()),
      done_(std::move(done)),
      limit_(loop) {
  reply_.type = BrokerMessageType::kOpened;
  reply_.id = request.id;
  limit_.start(kOpenMax, [this] { finish(OpenOutcome::kTimedOut); });
  const auto still = [alive = std::weak_ptr<bool>(alive_)] { return alive.lock() != nullptr; };
  if (is_literal_) {
    loop_.at_turn_end([this, still, port = request.port] {
      if (still()) on_resolved(literal(*parse_address(host_), port));
    });
    return;
  }
  const auto lookup = std::make_shared<Lookup>();
  loop_.run_blocking([lookup, resolve = std::move(resolve), host = host_,
                      port = request.port] { lookup->resolution = resolve(host, port); },
                     [this, lookup, still] {
                       if (still()) on_resolved(std::move(lookup->resolution));
                     });
}

Connector::~Connector() = default;

void Connector::on_resolved(Resolution resolution) {
  reply_.error = resolution.error;
  if (resolution.error != 0) return finish(OpenOutcome::kUnresolved);
  addresses_ = std::move(resolution.addresses);
  addresses_.resize(std::min(addresses_.size(), kAddressesMax));
  try_next();
}

// Whether this address may be connected to: kOpened, or why not.
OpenOutcome Connector::judge(const sockaddr_storage& storage) {
  const auto address = address_of(plain(storage));
  if (!address) return OpenOutcome::kUnresolved;
  const std::string text = text_of(*address);
  reply_.address = {};
  text.copy(reply_.address.data(), reply_.address.size() - 1);
  const AddressKind kind = kind_of(*address);
  reply_.kind = static_cast<std::uint8_t>(kind);
  if (may_reach(Reach::kPublic, kind)) return OpenOutcome::kOpened;
  const Reach asked = !wants_private_ ? Reach::kPublic : is_literal_ ? Reach::kNamed : Reach::kPrivate;
  if (!may_reach(asked, kind)) return OpenOutcome::kForbidden;
  return permission_ == PrivateAddresses::kPermitted ? OpenOutcome::kOpened : OpenOutcome::kNotPermitted;
}

void Connector::try_next() {
  watcher_.reset();
  socket_.reset();
  while (next_ < addresses_.size()) {
    const sockaddr_storage address = addresses_[next_++];
    const OpenOutcome judged = judge(address);
    if (judged == OpenOutcome::kOpened && begin(address)) return;
    last_ = judged == OpenOutcome::kOpened ? OpenOutcome::kFailed : judged;
  }
  finish(last_);
}

bool Connector::begin(const sockaddr_storage& address) {
  socket_.reset(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  const int on = 1;
  if (socket_) ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (socket_) ::setsockopt(socket_.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (!socket_ || (::connect(socket_.get(), &plain(address), length_of(address)) != 0 && errno != EINPROGRESS)) {
    reply_.error = errno;
    return false;
  }
  watcher_.emplace(loop_, socket_.get());
  watcher_->watch(FdWatcher::kWritable, [this](int) { on_writable(); });
  return true;
}

void Connector::on_writable() {
  int fault = 0;
  socklen_t size = sizeof fault;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &fault, &size);
  if (fault == 0) {
    watcher_.reset();
    return finish(OpenOutcome::kOpened, std::move(socket_));
  }
  reply_.error = fault;
  last_ = OpenOutcome::kFailed;
  try_next();
}

void Connector::finish(OpenOutcome outcome, UniqueFd socket) {
  alive_.reset();
  limit_.stop();
  watcher_.reset();
  reply_.outcome = outcome;
  const OpenReply reply = reply_;
  const Done done = std::move(done_);
  done(reply, std::move(socket));  // which may drop this object
}

}  // namespace sojourn
