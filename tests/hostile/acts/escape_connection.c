// Has a connection that its manifest gave it, and tries to make another of it: to reconnect the descriptor, to make
// other sockets, to listen, to reach what is no door of its own. Answers `held`, or what it got.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "act.h"

static struct sockaddr_in loopback(void) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(22);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int connect_unix(const char* path, size_t size) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path, size);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return -2;
  const int failed = connect(fd, (const struct sockaddr*)&address, (socklen_t)(sizeof(sa_family_t) + size));
  close(fd);
  return failed;
}

// What went through that should not have, or NULL.
static const char* escape(int given) {
  const struct sockaddr_in target = loopback();
  struct sockaddr nobody;
  memset(&nobody, 0, sizeof nobody);
  nobody.sa_family = AF_UNSPEC;
  if (connect(given, &nobody, sizeof nobody) == 0) return "disconnected it";
  if (connect(given, (const struct sockaddr*)&target, sizeof target) == 0) return "reconnected it";
  if (sendto(given, "x", 1, MSG_FASTOPEN, (const struct sockaddr*)&target, sizeof target) == 1)
    return "sent it elsewhere by fast open";
  if (sendto(given, "x", 1, 0, (const struct sockaddr*)&target, sizeof target) == 1) return "sent it elsewhere";
  if (bind(given, (const struct sockaddr*)&target, sizeof target) == 0) return "bound it";
  if (listen(given, 1) == 0) return "listened on it";
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  if (getpeername(given, (struct sockaddr*)&peer, &size) == 0 && peer.ss_family != AF_UNIX)
    return "it is no Unix socket";
  const int families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_BLUETOOTH, AF_ALG, AF_KEY};
  for (size_t i = 0; i < sizeof families / sizeof *families; ++i)
    if (socket(families[i], SOCK_STREAM, 0) >= 0 || socket(families[i], SOCK_DGRAM, 0) >= 0) return "another family";
  if (socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 || socket(AF_UNIX, SOCK_SEQPACKET, 0) >= 0) return "another type";
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) return "a pair";
  const int fresh = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fresh < 0) return "no Unix socket at all";
  struct sockaddr_un name;
  memset(&name, 0, sizeof name);
  name.sun_family = AF_UNIX;
  strcpy(name.sun_path, "/tmp/door");
  if (bind(fresh, (const struct sockaddr*)&name, sizeof name) == 0) return "bound a path";
  name.sun_path[0] = 0;
  if (bind(fresh, (const struct sockaddr*)&name, sizeof(sa_family_t) + 6) == 0) return "bound an abstract name";
  const int on = 1;
  if (setsockopt(fresh, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0) return "set an option that binds";
  if (connect_unix("\0/tmp/.X11-unix/X0", 18) == 0 || connect_unix("\0sojourn-test-abstract", 22) == 0)
    return "an abstract socket";
  const char* const paths[] = {"/run/dbus/system_bus_socket", "/var/run/docker.sock", "/fn/connect/../connect/other",
                               "/fn/connect/", "/tmp/door"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; ++i)
    if (connect_unix(paths[i], strlen(paths[i]) + 1) == 0) return paths[i];
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_name = (void*)&target;
  message.msg_namelen = sizeof target;
  if (sendmsg(given, &message, 0) >= 0) return "sent it elsewhere by message";
  close(fresh);
  return NULL;
}

ACT(escape_connection) {
  const int given = act_host->connect(call, (sj_bytes){"db", 2});
  if (given < 0) {
    say(call, "not connected: %d", given);
    return;
  }
  const char* const went = escape(given);
  const int lost = went == NULL && write(given, "still there", 11) != 11;
  say(call, "%s", went != NULL ? went : lost ? "lost it" : "held");
}
