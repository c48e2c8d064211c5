#include <sys/mman.h>

#include "act.h"
ACT(map_100_gib) {
  void* all = mmap(NULL, 100ul << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  answer(call, all == MAP_FAILED ? -1 : 0);
}
