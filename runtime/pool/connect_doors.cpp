#include "runtime/pool/connect_doors.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>

#include <sojourn/abi.h>

#include "runtime/egress/broker_link.h"
#include "runtime/pool/version_pool.h"

namespace sojourn {
namespace {

static_assert(kDoorsMax == kConnectNamesMax && kDoorNameMax == kConnectNameMax);

constexpr std::chrono::milliseconds kAcceptPause{100};

void answer_code(int socket, std::int32_t code) {
  [[maybe_unused]] const ssize_t sent = ::send(socket, &code, sizeof code, MSG_DONTWAIT | MSG_NOSIGNAL);
}

std::int32_t code_of(const OpenResult& result) {
  if (!result.reply) return SJ_EUNREACHED;
  switch (result.reply->outcome) {
    case OpenOutcome::kForbidden:
    case OpenOutcome::kNotPermitted:
      return SJ_EFORBIDDEN;
    case OpenOutcome::kTimedOut:
      return SJ_ETIME;
    case OpenOutcome::kTooMany:
      return SJ_ELIMIT;
    default:
      return SJ_EUNREACHED;
  }
}

void tell(const VersionPool& pool, const std::string& name, const std::string& what) {
  const auto target = pool.version().config.connect.find(name);
  std::string text = "connect " + name;
  if (target != pool.version().config.connect.end()) {
    const ConnectTarget& to = target->second;
    text += " (" + to.host + " port " + std::to_string(to.port) + ")";
  }
  pool.line({&pool.version(), {}, SJ_WARN, "connect", text + ": " + what, {}});
}

void count_end(const std::weak_ptr<VersionPool>& weak, std::uint64_t sent, std::uint64_t received) {
  const auto pool = weak.lock();
  if (!pool) return;
  pool->counters().connections_open.fetch_sub(1, std::memory_order_relaxed);
  pool->counters().connection_bytes_sent.fetch_add(sent, std::memory_order_relaxed);
  pool->counters().connection_bytes_received.fetch_add(received, std::memory_order_relaxed);
}

void count_failure(VersionPool& pool) {
  pool.counters().connections_failed.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

AdoptDoorsRequest doors_request(const FunctionConfig& config, std::uint64_t id) {
  AdoptDoorsRequest request{};
  request.type = WardenMessageType::kAdoptDoors;
  request.id = id;
  for (const auto& [name, target] : config.connect) {
    if (request.count == kDoorsMax) break;
    name.copy(request.names[request.count++].data(), kDoorNameMax);
  }
  return request;
}

ConnectDoors::ConnectDoors(VersionPool& pool, std::vector<UniqueFd> doors) : pool_(pool), pause_(pool.world().home()) {
  Loop& loop = pool.world().home();
  auto next = pool.version().config.connect.begin();
  for (std::size_t index = 0; index < doors.size(); ++index) {
    if (index > 0 && next == pool.version().config.connect.end()) break;
    doors_.push_back(std::make_unique<Door>(loop, std::move(doors[index]), index == 0 ? "" : (next++)->first));
  }
  for (const auto& each : doors_) {
    Door& door = *each;
    door.watcher.watch(FdWatcher::kReadable, [this, &door](int) { on_ready(door); });
  }
}

// Watches the doors, or leaves who comes waiting at them.
void ConnectDoors::watch() {
  for (const auto& door : doors_) door->watcher.watch(may_accept() ? FdWatcher::kReadable : 0);
}

void ConnectDoors::pause(std::chrono::milliseconds time) {
  pause_.start(time, [this] { watch(); });
  watch();
}

void ConnectDoors::on_opened() {
  --opening_;
  watch();
}

void ConnectDoors::on_ready(Door& door) {
  const MonotonicTime now = std::chrono::steady_clock::now();
  if (now - window_ >= kWindow) {
    window_ = now;
    accepted_ = 0;
  }
  while (may_accept()) {
    if (accepted_ >= kBurst) return pause(kWindow);
    UniqueFd socket(::accept4(door.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)) return;
    if (!socket) return pause(kAcceptPause);  // no descriptor is free: looking at once again would only spin
    ++accepted_;
    if (door.name.empty()) {
      begin_ask(std::move(socket));
    } else {
      open(door.name, std::move(socket), Answer::kNone);
    }
  }
  watch();
}

void ConnectDoors::begin_ask(UniqueFd socket) {
  if (asking_.size() >= kAskingMax) asking_.pop_front();
  const auto asking = asking_.emplace(asking_.end(), pool_.world().home(), std::move(socket));
  asking->watcher.watch(FdWatcher::kReadable, [this, asking](int) { on_asked(asking); });
  asking->limit.start(kAskMax, [this, asking] { asking_.erase(asking); });
}

void ConnectDoors::on_asked(std::list<Asking>::iterator asking) {
  std::array<char, 1 + kDoorNameMax> bytes;
  const ssize_t size = ::recv(asking->socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  UniqueFd socket = std::move(asking->socket);
  asking_.erase(asking);
  if (size < 2 || bytes[0] != size - 1) return;  // ours sends it in one piece
  open(std::string(bytes.data() + 1, static_cast<std::size_t>(size - 1)), std::move(socket), Answer::kCode);
}

void ConnectDoors::open(const std::string& name, UniqueFd socket, Answer answer) {
  const bool answers = answer == Answer::kCode;
  const auto found = pool_.version().config.connect.find(name);
  if (found == pool_.version().config.connect.end()) {
    count_failure(pool_);
    return answer_code(socket.get(), SJ_EDENIED);
  }
  auto& open_now = pool_.counters().connections_open;
  if (open_now.load(std::memory_order_relaxed) >= kConnectionsMax) {
    count_failure(pool_);
    tell(pool_, name, "the function has " + std::to_string(kConnectionsMax) + " connections, as many as it may");
    if (answers) answer_code(socket.get(), SJ_ELIMIT);
    return;
  }
  open_now.fetch_add(1, std::memory_order_relaxed);
  ++opening_;
  // A copy, to say what went wrong; the stream's end goes to the broker.
  auto kept = std::make_shared<UniqueFd>(answers ? ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0) : -1);
  const std::weak_ptr<VersionPool> weak = pool_.weak_from_this();
  const Destination destination{found->second.host, found->second.port, found->second.is_private,
                                answers ? Announce::kYes : Announce::kNo};
  pool_.world().broker->open(
      destination, std::move(socket),
      [weak, kept, name, doors = std::weak_ptr<ConnectDoors*>(self_)](const OpenResult& result) {
        if (const auto self = doors.lock()) (*self)->on_opened();
        const auto pool = weak.lock();
        if (result.ok()) {
          if (pool) pool->counters().connections_made.fetch_add(1, std::memory_order_relaxed);
          return kept->reset();
        }
        if (*kept) answer_code(kept->get(), code_of(result));
        kept->reset();
        if (!pool) return;
        pool->counters().connections_open.fetch_sub(1, std::memory_order_relaxed);
        count_failure(*pool);
        tell(*pool, name, text_of(result));
      },
      [weak](std::uint64_t sent, std::uint64_t received) { count_end(weak, sent, received); });
}

}  // namespace sojourn
