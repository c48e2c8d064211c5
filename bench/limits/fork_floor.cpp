// limit-fork-floor: the least that a fresh process per call costs: fork, exit and wait in a process that has loaded the
// function, with no sandbox, no channel and no call.
//
// --pause-ms N waits before each, as a call that comes now and then would find it. --usage FILE is the cpuacct.usage of
// the cgroup this runs in: CPU time is read there, as for the product. Without it, it is the process's own and that of
// its reaped children.
#include <cstdio>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/limits/bare_function.h"
#include "bench/measure/arguments.h"
#include "bench/measure/fail.h"
#include "bench/measure/samples.h"

namespace bench {
namespace {

double used_us(int who) {
  rusage usage{};
  must(getrusage(who, &usage), "getrusage");
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

double cpu_us(const std::string& usage_file) {
  if (usage_file.empty()) return used_us(RUSAGE_SELF) + used_us(RUSAGE_CHILDREN);
  std::ifstream file(usage_file);
  double ns = 0;
  if (!(file >> ns)) fail_errno(usage_file.c_str());
  return ns / 1e3;
}

void fork_and_wait() {
  const pid_t child = must(::fork(), "fork");
  if (child == 0) _exit(0);
  must(::waitpid(child, nullptr, 0), "waitpid");
}

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const std::string usage_file = arguments.text("usage");
  const double seconds = arguments.real("seconds", 1);
  const long pause = arguments.number("pause-ms", 0);
  BareFunction function(arguments.required("object"), arguments.required("symbol"));
  arguments.finish();

  function.call();
  for (int i = 0; i < 50; ++i) fork_and_wait();
  Samples samples;
  const double cpu_before = cpu_us(usage_file);
  const Nanoseconds end = now_ns() + static_cast<Nanoseconds>(seconds * 1e9);
  while (now_ns() < end) {
    pause_ms(pause);
    const Nanoseconds begin = now_ns();
    fork_and_wait();
    samples.add(now_ns() - begin);
  }
  const double cpu_each = (cpu_us(usage_file) - cpu_before) / static_cast<double>(samples.count());
  std::printf(R"({"cpu_us": %.3f, "wall": %s})"
              "\n",
              cpu_each, samples.json().c_str());
}
