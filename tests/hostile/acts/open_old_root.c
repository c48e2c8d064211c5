// Opens a file of the host where its root would be if it had been left in view.
#include <fcntl.h>

#include "act.h"
ACT(open_old_root) {
  answer(call, open("/old/etc/passwd", O_RDONLY));
}
