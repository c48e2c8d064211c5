// A decorator that asks for what its path says, and answers with what came of it.
#include <string>

#include <sojourn/function.h>

using namespace sojourn;

namespace {

Response doubled_stream(const Request& request, Next& next, Context& context) {
  const Response reply = next(request);
  if (!reply.streamed()) return reply;
  Stream out = context.stream(reply);
  while (const auto piece = next.read()) out.write(std::string(*piece).append(*piece));
  out.write("end");
  return out.end();
}

Response use_state(Context& context) {
  const State state = context.state();
  const std::string before = state.get("key").value_or("none");
  state.set("key", "value");
  return Response::text(before + " " + std::to_string(state.increment("count", 2)));
}

}  // namespace

Response asks(const Request& request, Next& next, Context& context) {
  const std::string_view path = request.path();
  if (path == "/own") return Response::text(std::string(request.body()));
  if (path == "/twice") {
    const Response first = next(Request::get("/one?x=1"));
    const Response second = next(Request::post("/two", "body").header("x-second", "yes"));
    return Response::text(std::string(first.body()) + "|" + std::string(second.body()));
  }
  if (path == "/read") return doubled_stream(request, next, context);
  if (path == "/count") {
    Response reply = next(request);
    const auto count = context.state().increment("count");
    return std::move(reply).header("x-count", std::to_string(count));
  }
  if (path == "/give-up") {
    (void)next(request);
    return next(request);
  }
  if (path == "/call") {
    const Response reply = context.call("other@3", Request::post("/x", request.body()));
    return Response::text(std::to_string(reply.status()) + " " + std::string(reply.body()));
  }
  if (path == "/state") return use_state(context);
  if (path == "/lease") {
    const auto lease = context.lease("job", std::chrono::seconds(5));
    return Response::text(lease ? std::to_string(lease->fence) : "taken");
  }
  Response reply = next(request);
  if (context.cancelled()) reply.header("x-cancelled", "yes");
  return std::move(reply).header("x-passed", "yes");
}
SOJOURN_DECORATOR(asks)
