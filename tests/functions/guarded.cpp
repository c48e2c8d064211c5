// A function that counts its calls by path and says so, for tests of the guards in front of it.
#include <charconv>
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include <sojourn/function.h>

namespace {

using sojourn::Context, sojourn::Request, sojourn::Response;

std::map<std::string, int> calls;

int number(const Request& request, const char* name, int otherwise) {
  const std::string text = request.query(name).value_or("");
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Response answer(const Request& request, Context& context, int count) {
  const std::string path(request.path());
  const std::string text = std::string(context.name()) + path + " " + std::to_string(count) + "\n";
  if (path == "/slow") std::this_thread::sleep_for(std::chrono::milliseconds(400));
  if (path == "/flaky" && count <= number(request, "fail", 0)) return Response::text(text).status(503);
  if (path == "/status") return Response::text(text).status(number(request, "code", 200));
  if (path == "/tagged") {
    if (request.header("if-none-match") == "\"tag\"") return Response::empty().status(304);
    return Response::text(text).header("cache-control", "no-cache").header("etag", "\"tag\"");
  }
  if (path == "/private") return Response::text(text).header("cache-control", "private, max-age=60");
  if (path == "/language") {
    return Response::text(text).header("cache-control", "max-age=60").header("vary", "Accept-Language");
  }
  return Response::text(text).header("cache-control", "max-age=60").header("etag", "\"fresh\"");
}

}  // namespace

// `/calls?of=/x` is not counted itself.
Response guarded(const Request& request, Context& context) {
  if (request.path() == "/calls") return Response::text(std::to_string(calls[request.query("of").value_or("/")]));
  return answer(request, context, ++calls[std::string(request.path())]);
}
SOJOURN_FUNCTION(guarded)
