// limit-ping-pong: the least that asking another process costs: 64 bytes over a socket pair and back, one message under
// way. Started on one CPU, it is what a hop into a sandbox must add to the latency of a call.
#include <csignal>
#include <cstdio>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/measure/arguments.h"
#include "bench/measure/fail.h"
#include "bench/measure/samples.h"

namespace bench {
namespace {

constexpr std::size_t kMessage = 64;

bool receive(int fd, char* message) {
  std::size_t filled = 0;
  while (filled < kMessage) {
    const ssize_t got = ::read(fd, message + filled, kMessage - filled);
    if (got <= 0) return false;
    filled += static_cast<std::size_t>(got);
  }
  return true;
}

void send(int fd, const char* message) {
  if (::write(fd, message, kMessage) != static_cast<ssize_t>(kMessage)) fail_errno("write");
}

[[noreturn]] void answer_for_ever(int fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char message[kMessage];
  while (receive(fd, message)) send(fd, message);
  _exit(0);
}

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const long rounds = arguments.number("count", 20'000);
  arguments.finish();

  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
  const pid_t child = must(::fork(), "fork");
  if (child == 0) {
    ::close(ends[0]);
    answer_for_ever(ends[1]);
  }
  ::close(ends[1]);

  Samples samples;
  char message[kMessage] = {};
  for (long i = -rounds / 10; i < rounds; ++i) {
    const Nanoseconds begin = now_ns();
    send(ends[0], message);
    if (!receive(ends[0], message)) fail("the other end is gone");
    if (i >= 0) samples.add(now_ns() - begin);
  }
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  std::printf("%s\n", samples.json().c_str());
}
