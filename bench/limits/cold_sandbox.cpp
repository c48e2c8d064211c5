// limit-cold-sandbox: the least between "the object is stored" and its first reply when every wall goes up: namespaces,
// a root of its own, Landlock, seccomp, then dlopen, a fork, and the call. Only the empty network namespace is made
// ahead, once. The sandbox is forked from here, not exec'd: what an exec costs is the product's to pay.
//
// Prints the whole time and that of each step.
#include <array>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/limits/bare_function.h"
#include "bench/limits/walls.h"
#include "bench/measure/arguments.h"
#include "bench/measure/fail.h"
#include "bench/measure/samples.h"

namespace bench {
namespace {

enum Mark { kBegin, kNamespaces, kRootMade, kFiles, kSystemCalls, kLoaded, kReplied, kMarks };
constexpr std::array<const char*, kMarks> kStepNames = {"total",   "namespaces", "root",         "landlock",
                                                        "seccomp", "dlopen",     "fork_and_call"};

struct Object {
  std::string directory;
  std::string name;
  std::string symbol;
};

// Shared with the sandbox, which notes when it has got where.
using Marks = std::array<Nanoseconds, kMarks>;

Marks* shared_marks() {
  void* page = ::mmap(nullptr, sizeof(Marks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) fail_errno("mmap");
  return static_cast<Marks*>(page);
}

[[noreturn]] void run_sandbox(const Object& object, int channel, Marks& marks) {
  char go = 0;
  must(::read(channel, &go, 1), "go");
  marks[kNamespaces] = now_ns();
  enter_own_root(object.directory);
  marks[kRootMade] = now_ns();
  restrict_files();
  marks[kFiles] = now_ns();
  restrict_system_calls();
  marks[kSystemCalls] = now_ns();
  BareFunction function("/fn/" + object.name, object.symbol);
  marks[kLoaded] = now_ns();
  if (must(::fork(), "fork") == 0) {
    const std::string& body = function.call();
    must(::write(channel, body.data(), body.size()), "reply");
    _exit(0);
  }
  for (;;) ::wait4(-1, nullptr, 0, nullptr);
}

void measure_one(const Object& object, Marks& marks, std::array<Samples, kMarks>& samples) {
  int ends[2];
  marks[kBegin] = now_ns();
  must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
  const pid_t sandbox = fork_into_namespaces();
  if (sandbox == 0) {
    ::close(ends[0]);
    run_sandbox(object, ends[1], marks);
  }
  ::close(ends[1]);
  map_identity(sandbox);
  must(::write(ends[0], "g", 1), "go");
  char reply[4096];
  if (must(::read(ends[0], reply, sizeof reply), "reply") == 0) fail("the sandbox died; its words are above");
  marks[kReplied] = now_ns();
  for (std::size_t i = 1; i < kMarks; ++i) samples[i].add(marks[i] - marks[i - 1]);
  samples[0].add(marks[kReplied] - marks[kBegin]);
  ::close(ends[0]);
  ::kill(sandbox, SIGKILL);
  ::waitpid(sandbox, nullptr, 0);
}

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const std::string path = arguments.required("object");
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) fail("--object needs a path with a directory");
  const Object object{path.substr(0, slash), path.substr(slash + 1), arguments.required("symbol")};
  const long rounds = arguments.number("count", 40);
  const long pause = arguments.number("pause-ms", 0);  // before each, as between the product's first calls
  arguments.finish();

  enter_empty_network();
  Marks* marks = shared_marks();
  std::array<Samples, kMarks> warm_up;
  std::array<Samples, kMarks> samples;
  for (long i = 0; i < 3; ++i) measure_one(object, *marks, warm_up);
  for (long i = 0; i < rounds; ++i) {
    pause_ms(pause);
    measure_one(object, *marks, samples);
  }
  for (std::size_t i = 0; i < kMarks; ++i) {
    std::printf("%s\"%s\": %s", i == 0 ? "{" : ", ", kStepNames[i], samples[i].json().c_str());
  }
  std::puts("}");
}
