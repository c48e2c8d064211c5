#include "tests/harness/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sojourn::test {
namespace {

constexpr int kGlanceMs = 20;  // how often a waiting thread looks whether it is to stop

bool is_ready(int fd, int events) {
  pollfd ready{fd, static_cast<short>(events), 0};
  return ::poll(&ready, 1, kGlanceMs) > 0;
}

std::size_t length_of(const std::string& head) {
  constexpr std::string_view kName = "content-length:";
  for (std::size_t at = head.find('\n'); at != std::string::npos; at = head.find('\n', at + 1)) {
    if (::strncasecmp(head.c_str() + at + 1, kName.data(), kName.size()) == 0) {
      return std::stoul(head.substr(at + 1 + kName.size()));
    }
  }
  return 0;
}

}  // namespace

bool RawServer::Conversation::fill() {
  while (!stopping()) {
    if (!is_ready(fd_, POLLIN)) continue;
    char bytes[16384];
    const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }
  return false;
}

std::string RawServer::Conversation::read_request() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  const std::size_t whole = end + 4 + length_of(buffer_.substr(0, end + 2));
  while (buffer_.size() < whole) {
    if (!fill()) return {};
  }
  std::string request = buffer_.substr(0, whole);
  buffer_.erase(0, whole);
  const std::lock_guard lock(server_.guard_);
  return server_.requests_.emplace_back(std::move(request));
}

bool RawServer::Conversation::send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size() && !stopping()) {
    if (!is_ready(fd_, POLLOUT)) continue;
    const ssize_t count = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return sent == bytes.size();
}

void RawServer::Conversation::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void RawServer::Conversation::wait_for_end() {
  while (fill()) buffer_.clear();
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listening_, 1024) != 0) {
    throw std::runtime_error("a server of the test cannot listen");
  }
  ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  stopping_ = true;
  accepting_.join();
  for (std::thread& thread : serving_) thread.join();
  ::close(listening_);
}

void RawServer::accept_all() {
  while (!stopping_) {
    if (!is_ready(listening_, POLLIN)) continue;
    const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections_;
    serving_.emplace_back([this, fd] {
      Conversation conversation(fd, *this);
      script_(conversation);
      ::close(fd);
    });
  }
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard lock(guard_);
  return requests_;
}

RawServer::Script RawServer::answering(int status, std::string body) {
  std::string reply = "HTTP/1.1 " + std::to_string(status) + " X\r\ncontent-length: " + std::to_string(body.size()) +
                      "\r\n\r\n" + std::move(body);
  return [reply](Conversation& peer) {
    while (!peer.read_request().empty() && peer.send(reply)) {
    }
  };
}

}  // namespace sojourn::test
