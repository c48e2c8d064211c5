// A function that does what the path of its request says. For the tests of the runtime with the real other side.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/ptrace.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <sojourn/function.h>

using sojourn::Context;
using sojourn::Request;
using sojourn::Response;

namespace {

int calls = 0;
volatile int* const kNowhere = nullptr;

Response stream(const Request& request, Context& context) {
  auto out = context.stream(Response::bytes("", "text/plain"));
  const int count = std::stoi(request.query("count").value_or("3"));
  for (int i = 0; i < count; ++i) out.write("piece " + std::to_string(i) + "\n");
  return out.end();
}

}  // namespace

Response acts(const Request& request, Context& context) {
  const std::string_view path = request.path();
  ++calls;
  if (path == "/segv") return Response::text(std::to_string(*kNowhere));
  if (path == "/exit") std::exit(7);
  if (path == "/forbidden") ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  if (path == "/throw") throw std::runtime_error("a secret");
  if (path == "/refuse") throw sojourn::Error(418, "a teapot");
  if (path == "/sleep") ::usleep(30'000'000);
  if (path == "/nap") ::usleep(20'000);
  if (path == "/memory") {
    std::vector<std::string> kept;
    while (true) kept.emplace_back(1u << 20, 'x');
  }
  if (path == "/stdout") {
    std::puts("from stdout");
    std::fflush(stdout);
    std::fputs("from stderr\n", stderr);
    context.log().warn("from the log");
  }
  if (path == "/echo") return Response::bytes(std::string(request.body()), "application/octet-stream");
  if (path == "/calls") return Response::text(std::to_string(calls));
  if (path == "/greeting") return Response::text(context.env("GREETING").value_or("none"));
  if (path == "/stream") return stream(request, context);
  if (path == "/sick") return Response::text("sick").status(500);
  return Response::text("fine");
}
SOJOURN_FUNCTION(acts)
