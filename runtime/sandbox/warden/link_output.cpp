#include "runtime/sandbox/warden/link_output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace sojourn {

bool LinkOutput::send_one(const Packet& packet) {
  iovec piece{const_cast<char*>(packet.bytes.data()), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char ancillary[CMSG_SPACE(kDescriptorsMax * sizeof(int))]{};
  int fds[kDescriptorsMax];
  const std::size_t count = std::min(packet.descriptors.size(), kDescriptorsMax);
  for (std::size_t index = 0; index < count; ++index) fds[index] = packet.descriptors[index].get();
  if (count > 0) {
    message.msg_control = ancillary;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(part), fds, count * sizeof(int));
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
