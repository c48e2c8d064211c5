// Replies with the request's body: the whole cost of a call that moves bytes and computes nothing.
#include <sojourn/function.h>

namespace {

sojourn::Response echo(const sojourn::Request& request, sojourn::Context&) {
  return sojourn::Response::bytes(std::string(request.body()), "application/json");
}

}  // namespace
SOJOURN_FUNCTION(echo)
