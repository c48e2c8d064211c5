// limit-idle-forks: the least memory an idle instance can take: processes forked from one that has loaded the function
// and called it once, each waiting on a socket pair of its own. Prints `ready`, and ends with its standard input.
#include <csignal>
#include <cstdio>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/limits/bare_function.h"
#include "bench/measure/arguments.h"
#include "bench/measure/fail.h"

namespace bench {
namespace {

[[noreturn]] void wait_as_instance(int fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char request[64];
  while (::read(fd, request, sizeof request) > 0) {
  }
  _exit(0);
}

void start_instance() {
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
  if (must(::fork(), "fork") == 0) wait_as_instance(ends[1]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const long instances = arguments.number("instances", 100);
  BareFunction function(arguments.required("object"), arguments.required("symbol"));
  arguments.finish();

  function.call();
  for (long i = 0; i < instances; ++i) start_instance();
  std::puts("ready");
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
}
