// Receives one packet and the descriptors that came with it.
//
// Thread:    any.
// Ownership: the descriptors are the caller's; those beyond kMax, or cut off by the kernel, are closed.
#pragma once

#include <array>
#include <cstddef>
#include <sys/types.h>

#include "runtime/base/unique_fd.h"

namespace sojourn {

struct PassedFds {
  static constexpr std::size_t kMax = 8;
  std::array<UniqueFd, kMax> fds;
  std::size_t count = 0;
  bool truncated = false;  // the packet or its descriptors were longer than allowed
};

// As recvmsg with MSG_DONTWAIT: bytes, 0 at the end, -1 with errno.
ssize_t receive_packet(int socket, char* bytes, std::size_t size, PassedFds& passed);

// Sends one packet with descriptors; true when it went. As sendmsg with MSG_DONTWAIT, errno tells why not.
bool send_packet(int socket, const void* bytes, std::size_t size, const int* fds, std::size_t fd_count);

}  // namespace sojourn
