#include "runtime/sandbox/warden/link_output.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace sojourn {

bool LinkOutput::send_one(const Packet& packet) {
  iovec piece{const_cast<char*>(packet.bytes.data()), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char ancillary[CMSG_SPACE(2 * sizeof(int))]{};
  if (packet.first && packet.second) {
    message.msg_control = ancillary;
    message.msg_controllen = sizeof ancillary;
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(2 * sizeof(int));
    const int fds[] = {packet.first.get(), packet.second.get()};
    std::memcpy(CMSG_DATA(part), fds, sizeof fds);
  }
  return ::sendmsg(link_, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

void LinkOutput::flush() {
  while (!waiting_.empty()) {
    // A link that is broken shows at its reading end; what was to be said there matters to nobody.
    if (!send_one(waiting_.front()) && (errno == EAGAIN || errno == EINTR || errno == ETOOMANYREFS)) return;
    waiting_.pop_front();
  }
}

}  // namespace sojourn
