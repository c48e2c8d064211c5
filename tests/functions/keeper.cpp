// A function that names secrets, and says of them what the path asks for.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

#include <sojourn/function.h>

namespace {

using sojourn::Context, sojourn::Request, sojourn::Response, sojourn::StartContext;

std::string seen_at_start;

// Over the cuts of the pipe, and over the place where a long line is cut.
void babble(Context& context, const std::string& value) {
  context.log().info("logged " + value, {{"field", value}});
  std::printf("whole %s whole\n", value.c_str());
  std::fflush(stdout);
  const std::size_t half = value.size() / 2;
  for (const std::string& part : {"halves " + value.substr(0, half), value.substr(half) + " halves\n"}) {
    if (::write(STDERR_FILENO, part.data(), part.size()) < 0) std::abort();
    ::usleep(20'000);
  }
  const std::string line(8 * 1024 - half, 'x');
  std::printf("%s%s cut\n", line.c_str(), value.c_str());
  std::fflush(stdout);
}

}  // namespace

void at_init(StartContext& context) {
  if (context.env("ASK_IN_INIT")) (void)context.secret("mailer-key");
}
SOJOURN_INIT(at_init)

void at_start(StartContext& context) {
  if (const auto name = context.env("ASK_IN_START")) seen_at_start = context.secret(*name);
  if (context.env("FAIL_IN_START")) throw std::runtime_error("no server takes " + seen_at_start);
}
SOJOURN_START(at_start)

Response keeper(const Request& request, Context& context) {
  const std::string path(request.path());
  if (path == "/start") return Response::text(seen_at_start);
  if (path == "/headers") {
    std::string names;
    for (const auto& [name, value] : request.headers()) names.append(name).append("=").append(value).append("\n");
    return Response::text(names);
  }
  const std::string value = context.secret(request.query("name").value_or("mailer-key"));
  if (path == "/babble") babble(context, value);
  if (path == "/throw") throw std::runtime_error("refused with " + value);
  if (path == "/refuse") throw sojourn::Error(422, "not with " + value);
  return path == "/value" ? Response::text(value) : Response::text("done\n");
}
SOJOURN_FUNCTION(keeper)
