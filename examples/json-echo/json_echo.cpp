#include <nlohmann/json.hpp>

#include <sojourn/function.h>

// What is not JSON is answered with 400 and the place where it goes wrong: json() throws that by itself.
sojourn::Response json_echo(const sojourn::Request& request, sojourn::Context&) {
  return sojourn::Response::json(request.json());
}
SOJOURN_FUNCTION(json_echo)
