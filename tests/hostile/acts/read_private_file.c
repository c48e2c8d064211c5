// Opens a file of the host's root that the driver has put into this function's own directory.
#include <fcntl.h>

#include "act.h"
ACT(read_private_file) {
  answer(call, open("/fn/private", O_RDONLY));
}
