// Connects to the port of the loopback that the query names: the gateway's own.
#include <netinet/in.h>
#include <sys/socket.h>

#include "number_of_query.h"
ACT(connect_to_gateway) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  to.sin_port = htons((unsigned short)number_of_query(request));
  answer(call, fd < 0 ? -1 : connect(fd, (struct sockaddr*)&to, sizeof to));
}
