#include <nlohmann/json.hpp>

#include <sojourn/function.h>

// Takes for granted that a name and a colour are there: a decorator before it, `defaults`, sees to that.
sojourn::Response painter(const sojourn::Request& request, sojourn::Context&) {
  const auto order = request.json();
  const std::string name = order.at("Name");
  const std::string color = order.at("Color");
  return sojourn::Response::text(name + " gets a coat of " + color + "\n");
}
SOJOURN_FUNCTION(painter)
