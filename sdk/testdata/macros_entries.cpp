// Entries of all kinds, in namespaces and out of them, with internal linkage and external.
#include <sojourn/function.h>

#include "sdk/testdata/macros.h"

using namespace sojourn;

Response plain(const Request& request, Context&) {
  return Response::text("plain " + std::string(request.path()));
}
SOJOURN_FUNCTION(plain)

static Response with_other_name(const Request&, Context&) {
  return Response::text(macros_log());
}
SOJOURN_FUNCTION_NAMED(with_other_name, "other-name")

namespace shop {
namespace {
Response timed(const Request& request, Next& next, Context&) {
  return next(request).header("x-timed", "yes");
}
}  // namespace
SOJOURN_DECORATOR(timed)
SOJOURN_WITH(timed, R"({"type": "object",
  "properties": {"unit": {"enum": ["ms", "s"]}}})")

std::optional<CloudEvent> on_user(const CloudEvent& event, Context&) {
  if (event.subject == "nobody") return std::nullopt;
  return event;
}
SOJOURN_HANDLER(on_user)
}  // namespace shop
