// Healthy unless told otherwise: the probe of a deployment looks at /healthz.
#include <sojourn/function.h>

namespace {
bool sick = false;
}

sojourn::Response health(const sojourn::Request& request, sojourn::Context& context) {
  if (request.path() == "/sicken") sick = true;
  if (request.path() == "/healthz" && (sick || context.env("SICK")))
    return sojourn::Response::text("sick\n").status(500);
  return sojourn::Response::text(sick ? "sick\n" : "well\n");
}
SOJOURN_FUNCTION(health)
