#include "runtime/loop/tcp.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <uv.h>

namespace sojourn {
namespace {

constexpr int kAcceptsPerTurn = 64;

// libuv writes with write(2), which kills the process when the peer is gone unless this signal is ignored.
void ignore_broken_pipes() {
  [[maybe_unused]] static const auto kBefore = std::signal(SIGPIPE, SIG_IGN);
}

UniqueFd open_reserve() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

std::string_view address_of(const sockaddr_storage& peer, std::array<char, INET6_ADDRSTRLEN>& text) {
  const void* bytes = nullptr;
  int family = peer.ss_family;
  if (family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(&peer)->sin_addr;
  } else if (family == AF_INET6) {
    const in6_addr* address = &reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_addr;
    bytes = address;
    if (IN6_IS_ADDR_V4MAPPED(address)) {
      family = AF_INET;
      bytes = address->s6_addr + 12;
    }
  }
  if (bytes == nullptr || ::inet_ntop(family, bytes, text.data(), INET6_ADDRSTRLEN) == nullptr) return "local";
  return text.data();
}

}  // namespace

TcpListener::TcpListener(Loop& loop, UniqueFd listening, Events& events)
    : events_(events),
      listening_(std::move(listening)),
      reserve_(open_reserve()),
      watcher_(loop, listening_.get()),
      pause_(loop) {
  watcher_.watch(FdWatcher::kReadable, [this](int) { accept_waiting(); });
}

void TcpListener::accept_waiting() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    UniqueFd socket(
        ::accept4(listening_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      std::array<char, INET6_ADDRSTRLEN> text;
      events_.on_connection(std::move(socket), address_of(peer, text));
      continue;
    }
    if (errno == EAGAIN) return;
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
    if ((errno == EMFILE || errno == ENFILE) && shed_one()) continue;
    return back_off();
  }
}

bool TcpListener::shed_one() {
  if (!reserve_) return false;
  reserve_.reset();
  const int unlucky = ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC);
  if (unlucky >= 0) ::close(unlucky);
  reserve_ = open_reserve();
  if (unlucky < 0) return errno == EAGAIN;
  events_.on_shed();
  return true;
}

void TcpListener::back_off() {
  watcher_.stop();
  pause_.start(kBackOff, [this] {
    if (!reserve_) reserve_ = open_reserve();
    watcher_.watch(FdWatcher::kReadable);
  });
}

std::string TcpBuffers::lend() {
  if (spare_.empty()) return {};
  std::string large = std::move(spare_.back());
  spare_.pop_back();
  spare_bytes_ -= large.capacity();
  return large;
}

void TcpBuffers::take_back(std::string&& large) {
  large.clear();
  if (large.capacity() < kLargeBytes) return;
  std::string owned = std::move(large);
  large = std::string();
  if (spare_bytes_ + owned.capacity() > kSpareBytesMax) return;
  spare_bytes_ += owned.capacity();
  spare_.push_back(std::move(owned));
}

// One write and one shutdown are under way at most, so their requests are members. Pending holds the bytes of the
// write until the kernel has taken them.
struct TcpConnection::Handle {
  enum class State { kNew, kOpen, kClosing };

  uv_tcp_t tcp;
  uv_write_t write;
  uv_shutdown_t shutdown;
  std::string pending;
  TcpConnection* owner = nullptr;  // null: dropped, the close callback frees the handle
  State state = State::kNew;

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp); }
  uv_handle_t* raw() { return reinterpret_cast<uv_handle_t*>(&tcp); }
  static Handle* of(void* data) { return static_cast<Handle*>(data); }

  bool write_now(std::string_view& first, std::string_view& second);
  static void on_alloc(uv_handle_t* raw, std::size_t, uv_buf_t* buffer);
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
  static void on_written(uv_write_t* request, int status);
  static void on_closed(uv_handle_t* raw);
};

void TcpConnection::Handle::on_alloc(uv_handle_t* raw, std::size_t, uv_buf_t* buffer) {
  const Handle* handle = of(raw->data);
  const std::span<char> bytes = handle->owner ? handle->owner->buffers_.read_bytes() : std::span<char>();
  *buffer = ::uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
}

void TcpConnection::Handle::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  const Handle* handle = of(stream->data);
  if (handle->owner == nullptr || size == 0) return;
  Events& events = handle->owner->events_;
  if (size > 0) return events.on_bytes({buffer->base, static_cast<std::size_t>(size)});
  ::uv_read_stop(stream);
  if (size == UV_EOF) return events.on_end();
  events.on_broken();
}

void TcpConnection::Handle::on_written(uv_write_t* request, int status) {
  Handle* handle = of(request->data);
  if (handle->owner == nullptr) return;
  handle->owner->buffers_.take_back(std::move(handle->pending));
  if (handle->state != State::kOpen) return;
  if (status < 0) return handle->owner->events_.on_broken();
  handle->owner->events_.on_written();
}

void TcpConnection::Handle::on_closed(uv_handle_t* raw) {
  Handle* handle = of(raw->data);
  if (handle->owner == nullptr) {
    delete handle;
    return;
  }
  handle->state = State::kNew;
  handle->owner->events_.on_closed();
}

TcpConnection::TcpConnection(Loop& loop, TcpBuffers& buffers, Events& events)
    : loop_(loop), buffers_(buffers), events_(events), handle_(std::make_unique<Handle>()) {
  ignore_broken_pipes();
  handle_->owner = this;
}

TcpConnection::~TcpConnection() {
  if (handle_->state == Handle::State::kNew) return;
  close();
  handle_->owner = nullptr;
  static_cast<void>(handle_.release());
}

Status TcpConnection::open(UniqueFd socket) {
  assert(loop_.on_loop_thread() && handle_->state == Handle::State::kNew);
  if (const int failed = ::uv_tcp_init(loop_.raw(), &handle_->tcp)) return system_error("tcp handle", -failed);
  handle_->tcp.data = handle_->write.data = handle_->shutdown.data = handle_.get();
  handle_->state = Handle::State::kOpen;
  if (const int failed = ::uv_tcp_open(&handle_->tcp, socket.get())) {
    close();
    return system_error("tcp socket", -failed);
  }
  static_cast<void>(socket.release());
  ::uv_tcp_nodelay(&handle_->tcp, 1);
  return {};
}

void TcpConnection::start_reading() {
  if (is_open()) ::uv_read_start(handle_->stream(), Handle::on_alloc, Handle::on_read);
}
void TcpConnection::stop_reading() {
  if (is_open()) ::uv_read_stop(handle_->stream());
}

// Cuts off what the kernel took. False when the connection is broken.
bool TcpConnection::Handle::write_now(std::string_view& first, std::string_view& second) {
  std::array<uv_buf_t, 2> buffers{
      ::uv_buf_init(const_cast<char*>(first.data()), static_cast<unsigned>(first.size())),
      ::uv_buf_init(const_cast<char*>(second.data()), static_cast<unsigned>(second.size()))};
  const int sent = ::uv_try_write(stream(), buffers.data(), second.empty() ? 1 : 2);
  if (sent == UV_EAGAIN) return true;
  if (sent < 0) return false;
  const std::size_t of_first = std::min(first.size(), static_cast<std::size_t>(sent));
  first.remove_prefix(of_first);
  second.remove_prefix(static_cast<std::size_t>(sent) - of_first);
  return true;
}

bool TcpConnection::write(std::string_view first, std::string_view second) {
  assert(loop_.on_loop_thread() && is_open() && unsent() == 0);
  if (!handle_->write_now(first, second)) return false;
  if (first.empty() && second.empty()) return true;
  if (first.size() + second.size() >= TcpBuffers::kLargeBytes) handle_->pending = buffers_.lend();
  handle_->pending.reserve(first.size() + second.size());
  handle_->pending.append(first).append(second);
  const uv_buf_t buffer = ::uv_buf_init(handle_->pending.data(), static_cast<unsigned>(handle_->pending.size()));
  return ::uv_write(&handle_->write, handle_->stream(), &buffer, 1, Handle::on_written) == 0;
}

std::size_t TcpConnection::unsent() const {
  return is_open() ? ::uv_stream_get_write_queue_size(handle_->stream()) : 0;
}

std::size_t TcpConnection::untaken() const {
  uv_os_fd_t fd = -1;
  int in_kernel = 0;
  if (!is_open() || ::uv_fileno(handle_->raw(), &fd) != 0 || ::ioctl(fd, SIOCOUTQ, &in_kernel) != 0) return unsent();
  return unsent() + static_cast<std::size_t>(in_kernel);
}

void TcpConnection::shut_down() {
  if (is_open()) ::uv_shutdown(&handle_->shutdown, handle_->stream(), [](uv_shutdown_t*, int) {});
}

void TcpConnection::close() {
  if (!is_open()) return;
  handle_->state = Handle::State::kClosing;
  ::uv_close(handle_->raw(), Handle::on_closed);
}

void TcpConnection::reset() {
  if (!is_open()) return;
  if (::uv_tcp_close_reset(&handle_->tcp, Handle::on_closed) != 0) return close();
  handle_->state = Handle::State::kClosing;
}

bool TcpConnection::is_open() const {
  return handle_->state == Handle::State::kOpen;
}

}  // namespace sojourn
