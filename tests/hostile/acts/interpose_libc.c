// Exports the names of the host's own libc calls; loaded with local scope they must bind for nobody but itself.
#include "act.h"
SJ_EXPORT ssize_t send(int fd, const void* data, size_t size, int flags);
SJ_EXPORT ssize_t send(int fd, const void* data, size_t size, int flags) {
  (void)fd, (void)data, (void)size, (void)flags;
  abort();
}
SJ_EXPORT ssize_t recv(int fd, void* data, size_t size, int flags);
SJ_EXPORT ssize_t recv(int fd, void* data, size_t size, int flags) {
  (void)fd, (void)data, (void)size, (void)flags;
  abort();
}
ACT(interpose_libc) {
  say(call, "harmless");
}
