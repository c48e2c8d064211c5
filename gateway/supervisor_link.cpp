#include "gateway/supervisor_link.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>

namespace sojourn {
namespace {

// Room for one descriptor, aligned as the kernel wants it.
union ControlBuffer {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

UniqueFd descriptor_of(msghdr& message) {
  UniqueFd taken;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(part), sizeof descriptor);
    taken.reset(descriptor);
  }
  return taken;
}

}  // namespace

Status send_link_message(int socket, LinkMessage message, int descriptor) {
  char byte = static_cast<char>(message);
  iovec part{&byte, 1};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  ControlBuffer control{};
  if (descriptor >= 0) {
    packet.msg_control = control.bytes;
    packet.msg_controllen = sizeof control.bytes;
    cmsghdr* header = CMSG_FIRSTHDR(&packet);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  while (::sendmsg(socket, &packet, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return system_error("supervisor link: send", errno);
  }
  return {};
}

Result<LinkPacket> receive_link_message(int socket) {
  char byte = 0;
  iovec part{&byte, 1};
  ControlBuffer control{};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  packet.msg_control = control.bytes;
  packet.msg_controllen = sizeof control.bytes;
  ssize_t size = 0;
  while ((size = ::recvmsg(socket, &packet, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == EAGAIN) return LinkPacket{LinkMessage::kNothing, {}};
    if (errno == ECONNRESET) return LinkPacket{};
    if (errno != EINTR) return system_error("supervisor link: receive", errno);
  }
  if (size == 0) return LinkPacket{};
  LinkPacket taken{static_cast<LinkMessage>(byte), descriptor_of(packet)};
  const bool is_process =
      (taken.message == LinkMessage::kWarden || taken.message == LinkMessage::kBroker) && taken.descriptor;
  if (!is_process && taken.message != LinkMessage::kReady) {
    return Error(ErrorCode::kInternal, "supervisor link: a message that is not known, byte " +
                                           std::to_string(static_cast<unsigned char>(byte)));
  }
  return taken;
}

}  // namespace sojourn
