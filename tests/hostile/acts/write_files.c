// Answers the first path that it could write, or none.
#include <fcntl.h>
#include <sys/stat.h>

#include "act.h"
ACT(write_files) {
  static const char* const kPaths[] = {"/fn/fn.so", "/fn/new", "/usr/lib/new", "/lib/new", "/new", "/usr/new"};
  for (size_t i = 0; i < sizeof kPaths / sizeof *kPaths; ++i) {
    if (open(kPaths[i], O_WRONLY | O_CREAT, 0600) >= 0 || mkdir(kPaths[i], 0700) == 0) {
      say(call, "%s", kPaths[i]);
      return;
    }
  }
  say(call, "none");
}
