#include "channel_end.h"
using namespace sojourn;
ACT(random_bytes_everywhere) {
  unsigned char noise[4096];
  unsigned value = 12345;
  for (unsigned char& byte : noise) byte = static_cast<unsigned char>((value = value * 1103515245u + 12345u) >> 16);
  for (int fd = 0; fd < 1024; ++fd) {
    [[maybe_unused]] const ssize_t written = ::write(fd, noise, sizeof noise);
  }
  wait_to_be_killed();
}
