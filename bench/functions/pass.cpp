// The least a decorator can do: it hands the request in and the reply out.
#include <sojourn/function.h>

namespace bench {

sojourn::Response pass(const sojourn::Request& request, sojourn::Next& next, sojourn::Context&) {
  return next(request);
}
SOJOURN_DECORATOR(pass)

}  // namespace bench
