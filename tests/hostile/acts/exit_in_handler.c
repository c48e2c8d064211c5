#include "act.h"
ACT(exit_in_handler) {
  exit(3);
}
