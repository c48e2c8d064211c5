#include "gateway/supervisor/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/unique_fd.h"

namespace sojourn {
namespace {

// What a child that could not start writes to its parent; fits a pipe's atomic write.
struct StartFailure {
  int error = 0;
  char step[28] = {};
};

// Everything the child needs between fork and exec, made before the fork: there nothing may be allocated.
struct Plan {
  int program = -1;
  int null_device = -1;
  int report = -1;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<std::pair<int, int>> descriptors;  // {ours, above every target; number in the child}
  int first_unused = 3;
  int output = 2;
  std::optional<Identity> identity;
  pid_t parent = 0;
};

[[noreturn]] void give_up(const Plan& plan, const char* step) {
  StartFailure failure;
  failure.error = errno;
  std::strncpy(failure.step, step, sizeof failure.step - 1);
  [[maybe_unused]] const ssize_t told = ::write(plan.report, &failure, sizeof failure);
  ::_exit(127);
}

void require(const Plan& plan, bool good, const char* step) {
  if (!good) give_up(plan, step);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void place_descriptors(const Plan& plan) {
  require(plan, ::dup2(plan.null_device, 0) == 0, "open /dev/null");
  require(plan, ::dup2(plan.output, 1) == 1, "place standard output");
  for (const auto& [ours, number] : plan.descriptors) {
    require(plan, ::dup2(ours, number) == number, "place a descriptor");
  }
  // Whatever the parent itself was started with stays behind; the report pipe and the program go at exec.
  const int closed = static_cast<int>(::syscall(SYS_close_range, plan.first_unused, ~0U, CLOSE_RANGE_CLOEXEC));
  require(plan, closed == 0 || errno == ENOSYS, "close other descriptors");
}

void become(const Plan& plan, const Identity& identity) {
  require(plan, ::setgroups(0, nullptr) == 0, "leave every group");
  require(plan, ::setresgid(identity.gid, identity.gid, identity.gid) == 0, "change the group");
  require(plan, ::setresuid(identity.uid, identity.uid, identity.uid) == 0, "change the user");
  require(plan, ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "give up new privileges");
}

[[noreturn]] void run_child(const Plan& plan) {
  reset_signals();
  ::setpgid(0, 0);
  place_descriptors(plan);
  if (plan.identity) become(plan, *plan.identity);
  // After the change of user, which clears it; and a parent that died before it is noticed by its pid.
  require(plan, ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0, "tie to the parent");
  if (::getppid() != plan.parent) ::_exit(127);
  ::syscall(SYS_execveat, plan.program, "", plan.arguments.data(), plan.environment.data(), AT_EMPTY_PATH);
  give_up(plan, "execute the program");
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// A start succeeded when the pipe closes unwritten, which exec does.
Status await_exec(const UniqueFd& report) {
  StartFailure failure;
  ssize_t got = 0;
  do {
    got = ::read(report.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof failure)) return {};
  return system_error(failure.step, failure.error);
}

}  // namespace

std::optional<Identity> gateway_identity() {
  if (::geteuid() != 0) return std::nullopt;
  const passwd* const user = ::getpwnam("sojourn");
  if (user != nullptr && user->pw_uid != 0) return Identity{user->pw_uid, user->pw_gid};
  return Identity{kGatewayUid, kGatewayUid};
}

std::optional<Identity> broker_identity() {
  if (::geteuid() != 0) return std::nullopt;
  return Identity{kBrokerUid, kBrokerUid};
}

Result<pid_t> start_child(const ChildOptions& options) {
  std::vector<std::string> arguments = options.arguments;
  arguments.insert(arguments.begin(), "sojourn");
  std::vector<std::string> environment = options.environment;

  Plan plan;
  plan.arguments = pointers(arguments);
  plan.environment = pointers(environment);
  plan.identity = options.identity;
  plan.parent = ::getpid();
  for (const auto& [ours, number] : options.descriptors) plan.first_unused = std::max(plan.first_unused, number + 1);

  // Copies that stand above every number they are to have: placing one never overwrites another.
  std::vector<UniqueFd> copies;
  const auto above = [&](int descriptor) {
    copies.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, plan.first_unused));
    return copies.back().get();
  };
  const UniqueFd program(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  const UniqueFd null_device(::open("/dev/null", O_RDWR | O_CLOEXEC));
  std::array<int, 2> pipe_ends{};
  if (!program || !null_device || ::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    return system_error("prepare a process", errno);
  }
  const UniqueFd report_in(pipe_ends[0]);
  UniqueFd report_out(pipe_ends[1]);
  plan.program = above(program.get());
  plan.null_device = above(null_device.get());
  plan.report = above(report_out.get());
  plan.output = above(options.output);
  for (const auto& [ours, number] : options.descriptors) plan.descriptors.emplace_back(above(ours), number);
  for (const UniqueFd& copy : copies) {
    if (!copy) return system_error("prepare a process: copy a descriptor", EMFILE);
  }

  const pid_t pid = ::fork();
  if (pid < 0) return system_error("fork", errno);
  if (pid == 0) run_child(plan);
  report_out.reset();
  copies.clear();
  if (const Status started = await_exec(report_in); !started) {
    ::waitpid(pid, nullptr, 0);
    return started.error().at("start a process");
  }
  return pid;
}

std::vector<std::string> child_environment() {
  std::vector<std::string> result;
  for (const char* name : {"PATH", "HOME", "LANG", "TZ", "XDG_DATA_HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS",
                           "TSAN_OPTIONS", "LSAN_OPTIONS"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr) result.push_back(std::string(name) + "=" + value);
  }
  return result;
}

std::string exit_text(int status) {
  if (WIFEXITED(status)) return "exited with " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  return "was killed by signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
}

}  // namespace sojourn
