#include "act.h"
ACT(sleep_for_ever) {
  for (;;) pause();
}
