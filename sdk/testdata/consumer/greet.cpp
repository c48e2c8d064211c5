#include <sojourn/function.h>

sojourn::Response greet(const sojourn::Request& request, sojourn::Context&) {
  return sojourn::Response::text("hello, " + request.query("name").value_or("world") + "\n");
}
SOJOURN_FUNCTION(greet)
