// A function and a decorator that declare what their configuration may look like, and show what they got.
#include <string>

#include <sojourn/function.h>

using sojourn::Context;
using sojourn::Next;
using sojourn::Request;
using sojourn::Response;

Response configured(const Request& request, Context& context) {
  if (request.path() == "/stream") {
    sojourn::Stream out = context.stream(Response::bytes("", "text/plain"));
    for (const char* piece : {"one ", "two ", "three"}) out.write(piece);
    return out.end();
  }
  return Response::text(std::string(context.with_text()));
}
SOJOURN_FUNCTION(configured)
SOJOURN_WITH(configured, R"({"type": "object", "additionalProperties": false,
  "properties": {"greeting": {"type": "string", "default": "hello"}}})")

// Counts calls in its state, also of streams that it only passes on.
Response counted(const Request& request, Next& next, Context& context) {
  Response reply = next(request);
  const auto count = context.state().increment("calls");
  return reply.header("x-count", std::to_string(count)).header("x-with", context.with_text()), reply;
}
SOJOURN_DECORATOR(counted)
SOJOURN_WITH(counted, R"({"type": "object", "required": ["perSecond"], "additionalProperties": false,
  "properties": {"perSecond": {"type": "number", "minimum": 0}, "burst": {"type": "integer", "default": 10}}})")
