// A function that answers with the event that it was called with: its attributes, an empty line, its data.
#include <string>

#include <sojourn/function.h>

using sojourn::Context, sojourn::Request, sojourn::Response;

Response hooked(const Request& request, Context&) {
  std::string text;
  for (const char* name : {"ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "content-type", "traceparent"}) {
    if (const auto value = request.header(name)) text.append(name).append(": ").append(*value).append("\n");
  }
  for (const auto& [name, value] : request.headers()) {
    if (std::string(name).find("signature") != std::string::npos) text.append("saw ").append(name).append("\n");
  }
  return Response::text(text + "\n" + std::string(request.body())).status(201).header("x-hooked", "yes");
}
SOJOURN_FUNCTION(hooked)
