// The least a function can do: six bytes of text.
#include <sojourn/function.h>

namespace {

sojourn::Response hello(const sojourn::Request&, sojourn::Context&) {
  return sojourn::Response::text("hello\n");
}

}  // namespace
SOJOURN_FUNCTION(hello)
