// One datagram to the loopback; nobody needs to listen.
#include <netinet/in.h>
#include <sys/socket.h>

#include "act.h"
ACT(udp_to_loopback) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  answer(call, fd < 0 ? -1 : sendto(fd, "x", 1, 0, (struct sockaddr*)&to, sizeof to));
}
