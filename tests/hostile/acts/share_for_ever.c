// Shared anonymous memory is not counted by RLIMIT_DATA: the address-space limit or the cgroup must stop it.
#include <sys/mman.h>

#include "act.h"
ACT(share_for_ever) {
  for (int i = 0;; ++i) {
    void* piece = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) {
      say(call, "%d", i);
      return;
    }
    memset(piece, 1, 1 << 20);
  }
}
