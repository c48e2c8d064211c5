#include "runtime/sandbox/template/connect_door.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/sandbox/protocol/warden_message.h"

namespace sojourn {
namespace {

bool send_name(int door, sj_bytes name) {
  char bytes[1 + kDoorNameMax];
  bytes[0] = static_cast<char>(name.size);
  std::memcpy(bytes + 1, name.data, name.size);
  const auto size = static_cast<ssize_t>(1 + name.size);
  return ::send(door, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
}

// What the gateway answers, or what its silence means.
int read_answer(int door) {
  std::int32_t code = 0;
  ssize_t count = 0;
  do {
    count = ::recv(door, &code, sizeof code, MSG_WAITALL);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof code) ? code : SJ_EUNREACHED;
}

int connect_to(int door) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/fn/connect/%s", kAskDoor);
  int failed = 0;
  do {
    failed = ::connect(door, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (failed != 0 && errno == EINTR);
  return failed;
}

}  // namespace

int connect_through_door(sj_bytes name) {
  if (name.size == 0 || name.size > kDoorNameMax) return SJ_EDENIED;
  // Without `connect` in the manifest there is neither a socket to have nor one to go to.
  const int door = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (door < 0) return errno == EMFILE || errno == ENFILE ? SJ_ELIMIT : SJ_EDENIED;
  int code = SJ_OK;
  if (connect_to(door) != 0) {
    code = errno == ENOENT ? SJ_EDENIED : SJ_EUNREACHED;
  } else {
    code = send_name(door, name) ? read_answer(door) : SJ_EUNREACHED;
  }
  if (code == SJ_OK) return door;
  ::close(door);
  return code < 0 ? code : SJ_EUNREACHED;
}

}  // namespace sojourn
