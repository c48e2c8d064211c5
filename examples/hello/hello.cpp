#include <sojourn/function.h>

sojourn::Response hello(const sojourn::Request& request, sojourn::Context& context) {
  const std::string greeting = context.env("GREETING").value_or("hello");
  const std::string name = request.query("name").value_or("world");
  if (name.size() > 100) throw sojourn::Error(422, "a name has at most 100 bytes\n");
  return sojourn::Response::text(greeting + ", " + name + "\n");
}
SOJOURN_FUNCTION(hello)
