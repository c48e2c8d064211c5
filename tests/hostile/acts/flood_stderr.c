// Writes to standard error as fast as it is taken, for half a second, then answers.
#include <fcntl.h>
#include <time.h>

#include "act.h"
static char block[65536];
ACT(flood_stderr) {
  memset(block, 'x', sizeof block);
  for (size_t i = 99; i < sizeof block; i += 100) block[i] = '\n';
  const time_t end = time(NULL) + 2;
  unsigned long written = 0;
  while (time(NULL) < end && written < (1ul << 30)) {
    const ssize_t n = write(2, block, sizeof block);
    if (n > 0) written += (unsigned long)n;
  }
  say(call, "flooded");
}
