// A decorator that adds its `with` to the reply, and one that crashes when it is asked to.
#include <csignal>
#include <string>

#include <sojourn/function.h>

using sojourn::Context;
using sojourn::Next;
using sojourn::Request;
using sojourn::Response;

Response tagging(const Request& request, Next& next, Context& context) {
  if (request.query("crash") == context.with_text()) std::raise(SIGSEGV);
  Response reply = next(request);
  return reply.add_header("x-tag", context.with_text()), reply;
}
SOJOURN_DECORATOR(tagging)
