#include "runtime/egress/relay.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace sojourn {
namespace {

constexpr int kPiecesPerTurn = 4;  // a way; then others have their turn

bool would_block() {
  return errno == EAGAIN || errno == EINTR;
}

}  // namespace

Relay::Relay(Loop& loop, UniqueFd function, UniqueFd remote, std::function<void()> ended)
    : function_(std::move(function)),
      remote_(std::move(remote)),
      to_remote_{function_.get(), remote_.get(), {}, 0, false, false},
      to_function_{remote_.get(), function_.get(), {}, 0, false, false},
      function_watcher_(loop, function_.get()),
      remote_watcher_(loop, remote_.get()),
      ended_(std::move(ended)) {
  function_watcher_.watch(FdWatcher::kReadable, [this](int) { on_ready(); });
  remote_watcher_.watch(FdWatcher::kReadable, [this](int) { on_ready(); });
}

Relay::~Relay() = default;

void Relay::on_ready() {
  if (!pump(to_remote_)) return end();
  if (!leaving_ && !pump(to_function_)) {
    if (!function_is_gone()) return end();
    leave();
  }
  if (!leaving_ && to_remote_.ended && function_is_gone()) leave();
  if (to_remote_.closed && (leaving_ || to_function_.closed)) return end();
  watch();
}

// The function is gone: nobody reads what still comes for it, and what it left behind is read to its end.
void Relay::leave() {
  leaving_ = true;
  linger_until_ = std::chrono::steady_clock::now() + kLingerMax;
  to_function_.waiting.clear();
}

// Moves what is there. False: one of the sockets is broken.
bool Relay::pump(Way& way) {
  static thread_local std::array<char, kPieceMax> piece;
  for (int i = 0; i < kPiecesPerTurn; ++i) {
    if (!flush(way)) return false;
    if (!way.waiting.empty() || way.ended) return true;
    const ssize_t count = ::recv(way.from, piece.data(), piece.size(), MSG_DONTWAIT);
    // A function that goes without having read everything ends with an error, after its last byte.
    const bool reset_by_function = count < 0 && errno == ECONNRESET && &way == &to_remote_;
    if (count < 0 && !reset_by_function) return would_block();
    if (count <= 0) {
      way.ended = true;
      return flush(way);
    }
    way.waiting.assign(piece.data(), static_cast<std::size_t>(count));
  }
  return flush(way);
}

bool Relay::flush(Way& way) {
  while (!way.waiting.empty()) {
    const ssize_t count = ::send(way.to, way.waiting.data(), way.waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return would_block();
    way.waiting.erase(0, static_cast<std::size_t>(count));
    way.moved += static_cast<std::uint64_t>(count);
  }
  if (way.ended && !way.closed) {
    way.closed = true;
    ::shutdown(way.to, SHUT_WR);
  }
  return true;
}

// A peer that closed its end of a Unix socket hangs up; one that only will not write does not.
bool Relay::function_is_gone() const {
  pollfd state{function_.get(), 0, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

void Relay::look() {
  if (std::chrono::steady_clock::now() >= linger_until_) return end();
  if (leaving_ || !function_is_gone()) return;
  leave();
  on_ready();
}

void Relay::watch() {
  const auto interest = [](const Way& reads, const Way& writes) {
    const bool readable = reads.waiting.empty() && !reads.ended;
    return (readable ? FdWatcher::kReadable : 0) | (writes.waiting.empty() ? 0 : FdWatcher::kWritable);
  };
  function_watcher_.watch(leaving_ && to_remote_.ended ? 0 : interest(to_remote_, to_function_));
  remote_watcher_.watch(leaving_ ? (to_remote_.waiting.empty() ? 0 : FdWatcher::kWritable)
                                 : interest(to_function_, to_remote_));
}

void Relay::end() {
  function_watcher_.stop();
  remote_watcher_.stop();
  const auto ended = std::move(ended_);
  ended_ = nullptr;
  if (ended) ended();
}

}  // namespace sojourn
