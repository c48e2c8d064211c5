// sojourn-template: the small program in which a function version is loaded and from which its instances are forked.
// The warden runs it from memory, in new namespaces, with an empty environment and the descriptors of stem_report.h.
#include <cstdio>
#include <cstring>
#include <malloc.h>
#include <unistd.h>

#include "runtime/sandbox/policy/wall_switch.h"
#include "runtime/sandbox/template/fork_server.h"
#include "runtime/sandbox/template/walls.h"

namespace {

// Two arenas at most: instances are small, and each arena of another thread reserves 64 MiB of address space. Blocks up
// to 4 MiB come from the heap and go back to it, so that a function that handles large bodies does not map and unmap
// per call.
void tune_malloc() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

}  // namespace

int main(int count, char** arguments) {
  using namespace sojourn;
  if (count > 2) leave_out(arguments[2]);
  const bool fewer = count > 1 && std::strcmp(arguments[1], kAllowFewerWalls) == 0;
  const Walls walls = raise_walls(fewer ? WallPolicy::kAllowFewer : WallPolicy::kRequireAll);
  if (::write(kStemReportFd, &walls.report, sizeof walls.report) != sizeof walls.report) return 1;
  if (walls.report.step != Step::kNone) return 1;
  tune_malloc();
  // What a function prints shows line by line, also when it dies in the middle.
  ::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  static ForkServer server(walls);
  server.run();
  ::_exit(0);
}
