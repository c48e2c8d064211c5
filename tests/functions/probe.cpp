// One function for many questions; the path chooses.
#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <sojourn/function.h>

namespace {

using sojourn::Context, sojourn::Request, sojourn::Response;

int calls = 0;

long number(const Request& request, const char* name, long otherwise) {
  const auto text = request.query(name);
  if (!text) return otherwise;
  long value = otherwise;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

Response mirror(const Request& request) {
  std::string text(request.method());
  text += " " + std::string(request.path()) + "?" + std::string(request.raw_query()) + "\n";
  for (const char* name : {"x-a", "host", "content-type", "authorization", "traceparent", "connection"}) {
    if (const auto value = request.header(name)) text += std::string(name) + ": " + *value + "\n";
  }
  return Response::text(text + "\n" + std::string(request.body()));
}

Response fault(const Request& request) {
  const std::string kind = request.query("kind").value_or("");
  if (kind == "error") throw sojourn::Error(422, "no such colour");
  if (kind == "later") throw sojourn::RetryAfter(std::chrono::seconds(7), "come back later");
  if (kind == "int") throw 42;
  throw std::runtime_error("a secret detail");
}

Response noise(Context& context) {
  context.log().info("said by the context", {{"colour", "blue"}});
  std::puts("said on stdout");
  std::fputs("said on stderr\n", stderr);
  return Response::text("noisy\n");
}

}  // namespace

Response probe(const Request& request, Context& context) {
  ++calls;
  const std::string path(request.path());
  if (path == "/count") return Response::text(std::to_string(calls) + "\n");
  if (path == "/pid") return Response::text(std::to_string(::getpid()) + "\n");
  if (path == "/mirror") return mirror(request);
  if (path == "/fault") return fault(request);
  if (path == "/noise") return noise(context);
  if (path == "/crash") std::abort();
  if (path == "/env") return Response::text(context.env(request.query("name").value_or("")).value_or("(none)"));
  if (path == "/id") return Response::text(std::string(context.call_id()) + " " + std::string(context.name()));
  if (path == "/left") {
    return Response::text(
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(context.time_left()).count()));
  }
  if (path == "/sleep") {
    std::this_thread::sleep_for(std::chrono::milliseconds(number(request, "ms", 100)));
    return Response::text("slept\n");
  }
  if (path == "/until-cancelled") {
    while (!context.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::fputs("saw the cancellation\n", stderr);
    return Response::text("cancelled\n");
  }
  if (path == "/bytes") {
    return Response::bytes(std::string(static_cast<std::size_t>(number(request, "n", 0)), 'b'),
                           "application/octet-stream");
  }
  if (path == "/size") return Response::text(std::to_string(request.body().size()) + "\n");
  if (path == "/status") return Response::empty(static_cast<int>(number(request, "code", 204)));
  if (path == "/headers") {
    return Response::text("x")
        .header("x-sojourn-error", "forged")
        .header("service-worker-allowed", "/")
        .header("clear-site-data", "*")
        .header("alt-svc", "h3")
        .header("x-fine", "yes")
        .add_header("x-fine", "twice");
  }
  if (path == "/stream") {
    auto stream = context.stream(Response::text("").header("content-type", "text/plain"));
    const long pieces = number(request, "pieces", 3);
    for (long i = 0; i < pieces && stream.write("piece " + std::to_string(i) + "\n"); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(number(request, "pause", 0)));
    }
    return stream.end();
  }
  return Response::text("probe\n");
}
SOJOURN_FUNCTION(probe)
