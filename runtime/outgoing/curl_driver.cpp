#include "runtime/outgoing/curl_driver.h"

#include <cassert>
#include <csignal>
#include <utility>

namespace sojourn {
namespace {

// libcurl makes itself ready once for the process. A peer that is gone is an error of write() and not a signal.
void make_ready() {
  [[maybe_unused]] static const CURLcode kReady = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  [[maybe_unused]] static const auto kBefore = std::signal(SIGPIPE, SIG_IGN);
  assert(kReady == CURLE_OK);
}

}  // namespace

CurlDriver::CurlDriver(Loop& loop, OnEnd on_end) : loop_(loop), on_end_(std::move(on_end)), timer_(loop) {
  make_ready();
  multi_ = ::curl_multi_init();
  assert(multi_ != nullptr);
  ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlDriver::on_socket);
  ::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlDriver::on_timer);
  ::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  ::curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnectionsMax);
  ::curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

CurlDriver::~CurlDriver() {
  sockets_.clear();
  ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
  ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  ::curl_multi_cleanup(multi_);
}

bool CurlDriver::add(CURL* easy) {
  return ::curl_multi_add_handle(multi_, easy) == CURLM_OK;
}

void CurlDriver::remove(CURL* easy) {
  ::curl_multi_remove_handle(multi_, easy);
}

int CurlDriver::on_socket(CURL*, curl_socket_t fd, int what, void* user, void*) {
  static_cast<CurlDriver*>(user)->watch(fd, what);
  return 0;
}

int CurlDriver::on_timer(CURLM*, long delay_ms, void* user) {
  auto* self = static_cast<CurlDriver*>(user);
  if (delay_ms < 0) {
    self->timer_.stop();
  } else {
    self->timer_.start(std::chrono::milliseconds(delay_ms), [self] { self->act(CURL_SOCKET_TIMEOUT, 0); });
  }
  return 0;
}

void CurlDriver::watch(curl_socket_t fd, int what) {
  if (what == CURL_POLL_REMOVE) {
    sockets_.erase(fd);
    return;
  }
  Socket& socket = sockets_[fd];
  if (!socket.watcher) socket.watcher = std::make_unique<FdWatcher>(loop_, fd);
  socket.interest = ((what & CURL_POLL_IN) != 0 ? FdWatcher::kReadable : 0) |
                    ((what & CURL_POLL_OUT) != 0 ? FdWatcher::kWritable : 0);
  socket.watcher->watch(socket.interest, [this, fd](int ready) { on_ready(fd, ready); });
}

void CurlDriver::on_ready(curl_socket_t fd, int ready) {
  act(fd, ((ready & FdWatcher::kReadable) != 0 ? CURL_CSELECT_IN : 0) |
              ((ready & FdWatcher::kWritable) != 0 ? CURL_CSELECT_OUT : 0));
  // After an error the watcher has stopped, and libcurl, which still waits for the same, does not say so again.
  if (const auto found = sockets_.find(fd); found != sockets_.end()) {
    found->second.watcher->watch(found->second.interest);
  }
}

void CurlDriver::act(curl_socket_t fd, int events) {
  int running = 0;
  ::curl_multi_socket_action(multi_, fd, events, &running);
  int left = 0;
  while (const CURLMsg* message = ::curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    remove(easy);  // `message` is gone with it
    on_end_(easy, code);
  }
}

}  // namespace sojourn
