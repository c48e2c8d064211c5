#include "runtime/sandbox/host/passed_fds.h"

#include <cassert>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

namespace sojourn {

ssize_t receive_packet(int socket, char* bytes, std::size_t size, PassedFds& passed) {
  iovec piece{bytes, size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(PassedFds::kMax * sizeof(int))> ancillary;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.data();
  message.msg_controllen = ancillary.size();
  ssize_t count = 0;
  do {
    count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return count;
  passed.truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t fds = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < fds; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      UniqueFd owned(fd);
      if (passed.count < PassedFds::kMax) passed.fds[passed.count++] = std::move(owned);
    }
  }
  return count;
}

bool send_packet(int socket, const void* bytes, std::size_t size, const int* fds, std::size_t fd_count) {
  assert(fd_count <= PassedFds::kMax);
  iovec piece{const_cast<void*>(bytes), size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(PassedFds::kMax * sizeof(int))> ancillary{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (fd_count > 0) {
    message.msg_control = ancillary.data();
    message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
    std::memcpy(CMSG_DATA(part), fds, fd_count * sizeof(int));
  }
  ssize_t count = 0;
  do {
    count = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(size);
}

}  // namespace sojourn
