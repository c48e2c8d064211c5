// Exports malloc, free and read under their own names; whoever calls these is seen to end.
#include "act.h"
SJ_EXPORT void* malloc(size_t size) {
  (void)size;
  abort();
}
SJ_EXPORT void free(void* block) {
  (void)block;
  abort();
}
SJ_EXPORT ssize_t read(int fd, void* data, size_t size) {
  (void)fd, (void)data, (void)size;
  abort();
}
ACT(interpose_malloc) {
  say(call, "harmless");
}
