// Reads this variable in the template, where it has the same address.
#include <sys/uio.h>

#include "act.h"
static char secret[16] = "in the template";
ACT(read_template_memory) {
  char copy[sizeof secret];
  struct iovec here = {copy, sizeof copy};
  struct iovec there = {secret, sizeof secret};
  answer(call, process_vm_readv(1, &here, 1, &there, 1, 0));
}
