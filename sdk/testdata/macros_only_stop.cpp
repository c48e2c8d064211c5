#include <sojourn/function.h>

static sojourn::Response one(const sojourn::Request&, sojourn::Context&) {
  return sojourn::Response::empty();
}
SOJOURN_FUNCTION(one)

static void stopped() {}
SOJOURN_STOP(stopped)
