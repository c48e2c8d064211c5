// Memory that no limit of a process counts as its data: a full /tmp, and then 200 MiB of shared pages.
#include <fcntl.h>
#include <sys/mman.h>

#include "act.h"
static char block[1 << 20];
ACT(fill_tmp_and_share) {
  for (int file = 0; file < 4; ++file) {
    char path[] = "/tmp/0";
    path[5] = (char)('0' + file);
    const int fd = open(path, O_CREAT | O_WRONLY, 0600);
    for (int i = 0; i < 8 && write(fd, block, sizeof block) > 0; ++i) {
    }
  }
  for (int i = 0; i < 200; ++i) {
    void* const piece = mmap(NULL, sizeof block, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) {
      answer(call, -1);
      return;
    }
    memset(piece, 1, sizeof block);
  }
  say(call, "allowed");
}
