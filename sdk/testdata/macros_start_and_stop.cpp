// STOP before START, in one file, one of them in a namespace.
#include <sojourn/function.h>

#include "sdk/testdata/macros.h"

std::string& macros_log() {
  static std::string log;
  return log;
}

static void stopped() {
  macros_log() += "stop ";
}
SOJOURN_STOP(stopped)

namespace shop {
static void started(sojourn::StartContext&) {
  macros_log() += "start ";
}
SOJOURN_START(started)
}  // namespace shop
