// Answers the first path that it could open, or none.
#include <fcntl.h>

#include "act.h"
ACT(read_host_files) {
  static const char* const kPaths[] = {
      "/etc/passwd",      "/etc/shadow", "/proc/self/maps", "/proc/1/environ", "/sys/kernel", "/dev/mem",
      "/dev/null",        "/root",       "/home",           "/var/lib",        "/var/run",    "/proc/self/fd",
      "../../etc/passwd", "/old",        "/bin/sh"};
  for (size_t i = 0; i < sizeof kPaths / sizeof *kPaths; ++i) {
    if (open(kPaths[i], O_RDONLY) >= 0) {
      say(call, "%s", kPaths[i]);
      return;
    }
  }
  say(call, "none");
}
