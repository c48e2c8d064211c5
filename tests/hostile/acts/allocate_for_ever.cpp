#include <vector>

#include "act.h"
static std::vector<char*> kept;
ACT(allocate_for_ever) {
  for (;;) {
    char* piece = new (std::nothrow) char[1 << 20];
    if (piece == nullptr) {
      sj_failure failure{};
      failure.size = sizeof failure;
      failure.type = {"std::bad_alloc", 14};
      failure.message = {"std::bad_alloc", 14};
      act_host->fail(call, &failure);
      return;
    }
    memset(piece, 1, 1 << 20);
    kept.push_back(piece);
  }
}
