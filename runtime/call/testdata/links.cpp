// A decorator that does what the request's query asks of it by its name (from `with`), and a function that shows what
// reached it. For the tests of chains.
#include <nlohmann/json.hpp>
#include <string>
#include <unistd.h>

#include <sojourn/function.h>

using sojourn::Context;
using sojourn::Next;
using sojourn::Request;
using sojourn::Response;

namespace {

volatile int* const kNowhere = nullptr;

// `with` is {"name":"X"}.
std::string name_of(const Context& context) {
  return nlohmann::json::parse(context.with_text()).at("name").get<std::string>();
}

Response upper_case(Response reply, Next& next, Context& context) {
  sojourn::Stream out = context.stream(reply);
  while (const auto piece = next.read()) {
    std::string changed(*piece);
    for (char& c : changed) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    out.write(changed);
  }
  return out.end();
}

Response many(const Request& request, Next& next) {
  for (int count = 0; count < 1'000'000; ++count) {
    if (next(request).status() != 200) return Response::text("stopped at " + std::to_string(count));
  }
  return Response::text("never stopped");
}

}  // namespace

Response relay(const Request& request, Next& next, Context& context) {
  const std::string name = name_of(context);
  const std::string act = request.query(name).value_or("pass");
  if (act == "tag") {
    Response reply = next(Request(request).add_header("x-in", name));
    return reply.add_header("x-out", name);
  }
  if (act == "segv") return Response::text(std::to_string(*kNowhere));
  if (act == "throw") throw std::runtime_error("a secret");
  if (act == "sleep") ::usleep(30'000'000);
  if (act == "answer") return Response::text("answered by " + name).status(203);
  if (act == "forge") return Response::text("no").status(502).header("x-sojourn-error", "function_crashed");
  if (act == "large") return Response::bytes(std::string(3u << 20, 'x'), "text/plain");
  if (act == "many") return many(request, next);
  if (act == "twice") {
    const Response first = next(request);
    return Response::text(std::string(first.body()) + "+" + std::string(next(request).body()));
  }
  if (act == "late") {
    Response reply = next(request);
    return Response::text("too late: " + std::to_string(reply.status()));
  }
  if (act == "after") {
    auto out = context.stream(Response::bytes("", "text/plain"));
    out.write("all there is\n");
    Response answered = out.end();
    context.log().info("late: " + std::string(next(request).body()));
    return answered;
  }
  if (act == "secret") {
    Response reply = next(request);
    return reply.add_header("x-secret-size", std::to_string(context.secret("outer-key").size())), reply;
  }
  if (act == "call") return context.call("other", Request::get("/fine"));
  Response reply = next(request);
  if (act == "upper" && reply.streamed()) return upper_case(std::move(reply), next, context);
  return reply;
}
SOJOURN_DECORATOR(relay)

Response mirror(const Request& request, Context& context) {
  const std::string_view path = request.path();
  if (path == "/segv") return Response::text(std::to_string(*kNowhere));
  if (path == "/sleep") ::usleep(30'000'000);
  if (path == "/call") return context.call(request.query("name").value_or(""), request);
  if (path == "/forge") return Response::text("no").status(502).header("x-sojourn-error", "function_crashed");
  if (path == "/stream") {
    auto out = context.stream(Response::bytes("", "text/plain"));
    const int count = std::stoi(request.query("count").value_or("3"));
    const std::string piece(static_cast<std::size_t>(std::stoi(request.query("size").value_or("8"))), 'p');
    for (int i = 0; i < count; ++i) out.write(piece);
    return out.end();
  }
  std::string seen = std::string(request.method()) + " " + std::string(path) + "?" + std::string(request.raw_query());
  for (const auto& [name, value] : request.headers()) seen += "\n" + std::string(name) + ": " + std::string(value);
  seen += "\n\n" + std::string(request.body());
  return Response::bytes(seen, "application/octet-stream")
      .add_header("x-seen", "one")
      .add_header("x-seen", "two")
      .status(request.method() == "PUT" ? 418 : 200);
}
SOJOURN_FUNCTION(mirror)
