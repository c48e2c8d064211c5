// One file beyond RLIMIT_FSIZE, in a /tmp that would hold it.
#include <fcntl.h>

#include "act.h"
static char block[1 << 20];
ACT(write_20_mib) {
  const int fd = open("/tmp/large", O_CREAT | O_WRONLY, 0600);
  long last = fd;
  for (int i = 0; i < 20 && last >= 0; ++i) last = write(fd, block, sizeof block);
  unlink("/tmp/large");
  answer(call, last);
}
