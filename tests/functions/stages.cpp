// Which of INIT and START ran in which process: START sees what INIT built, in a process of its own.
#include <stdexcept>
#include <unistd.h>

#include <sojourn/function.h>

namespace {
pid_t init_pid = 0;
pid_t start_pid = 0;
std::string greeting;
}  // namespace

void prepare(sojourn::StartContext& context) {
  init_pid = ::getpid();
  if (const auto refuse = context.env("REFUSE")) throw std::runtime_error("the model file is missing: " + *refuse);
  greeting = context.env("GREETING").value_or("none");
}
SOJOURN_INIT(prepare)

void begin(sojourn::StartContext&) {
  start_pid = ::getpid();
}
SOJOURN_START(begin)

sojourn::Response stages(const sojourn::Request&, sojourn::Context&) {
  const bool ordered = init_pid != 0 && start_pid == ::getpid() && init_pid != start_pid;
  return sojourn::Response::text((ordered ? "ordered " : "wrong ") + greeting + "\n");
}
SOJOURN_FUNCTION(stages)
