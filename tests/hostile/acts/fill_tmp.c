// Answers how many MiB of /tmp it could fill, over many files.
#include <fcntl.h>

#include "act.h"
static char block[1 << 20];
ACT(fill_tmp) {
  int written = 0;
  for (int file = 0; file < 40 && written < 1000; ++file) {
    char name[32];
    snprintf(name, sizeof name, "/tmp/f%d", file);
    const int fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) break;
    while (written < 1000 && write(fd, block, sizeof block) == (ssize_t)sizeof block) ++written;
    close(fd);
  }
  say(call, "%d", written);
}
