#include "runtime/sandbox/template/fatal_call.h"

#include <cstring>
#include <signal.h>
#include <unistd.h>

namespace sojourn {
namespace {

const FatalCallName* names = nullptr;
std::size_t name_count = 0;

const char* name_of(int number) {
  for (std::size_t index = 0; index < name_count; ++index) {
    if (names[index].number == number) return names[index].name;
  }
  return "a call of another architecture";
}

// Only what a signal handler may call.
void on_fatal_call(int signal, siginfo_t* info, void*) {
  char line[96] = "sojourn: forbidden_syscall: ";
  std::strncat(line, name_of(info->si_syscall), sizeof line - std::strlen(line) - 2);
  std::strcat(line, "\n");
  [[maybe_unused]] const ssize_t told = ::write(STDERR_FILENO, line, std::strlen(line));
  ::signal(signal, SIG_DFL);
  ::raise(signal);  // comes when this handler returns
}

}  // namespace

void name_fatal_calls(const FilterPrograms& programs) {
  if (programs.name_count == 0) return;
  names = programs.names;
  name_count = programs.name_count;
  struct sigaction action {};
  action.sa_sigaction = on_fatal_call;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSYS, &action, nullptr);
}

}  // namespace sojourn
