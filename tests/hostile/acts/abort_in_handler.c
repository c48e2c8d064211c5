#include "act.h"
ACT(abort_in_handler) {
  abort();
}
