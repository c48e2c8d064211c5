#include "runtime/sandbox/warden/stem.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/sandbox/policy/identity.h"
#include "runtime/sandbox/policy/namespaces.h"
#include "runtime/sandbox/policy/resource_limits.h"
#include "runtime/sandbox/policy/wall_switch.h"
#include "runtime/sandbox/template/stem_report.h"

namespace sojourn {
namespace {

constexpr char kGo = 'g';
constexpr int kOomScore = 500;  // of 1000: templates go before the gateway and the warden

// The far ends of a stem's descriptors. The child puts them in their places; the warden drops them after the clone.
struct FarEnds {
  UniqueFd control;
  UniqueFd log;
  UniqueFd report;
  UniqueFd alive;
  int filters = -1;  // of its kind; borrowed
};

bool make_pipe(UniqueFd& read_end, UniqueFd& write_end) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
  return true;
}

bool make_descriptors(Stem& stem, FarEnds& far) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
  stem.control.reset(pair[0]);
  far.control.reset(pair[1]);
  return make_pipe(stem.log, far.log) && make_pipe(stem.report, far.report) && make_pipe(far.alive, stem.alive) &&
         ::fcntl(stem.log.get(), F_SETFL, O_NONBLOCK) == 0 && ::fcntl(stem.report.get(), F_SETFL, O_NONBLOCK) == 0;
}

// ---- in the child, between clone and exec: system calls and nothing else

StepError become_user(const StemRecipe& recipe, int alive) {
  if (recipe.own_uid) {
    char go = 0;
    if (::read(alive, &go, 1) != 1) return {Step::kMapUser, EPIPE};
  } else if (stands(TestedWall::kUserNamespace)) {
    const StepError mapped = map_own_user(0, 0);  // what the warden is in its own namespace
    if (!mapped.ok()) return mapped;
  }
  return become_mapped_user();
}

StepError join_cgroups(const std::vector<int>& files) {
  for (const int file : files) {
    if (::write(file, "0", 1) != 1) return step_failed(Step::kJoinCgroup);
  }
  return {};
}

StepError place_descriptors(const StemRecipe& recipe, const FarEnds& far, int* image) {
  const int sources[] = {recipe.null,      far.log.get(),   far.log.get(), far.control.get(),
                         far.report.get(), far.alive.get(), far.filters,   recipe.image};
  constexpr int kCount = sizeof sources / sizeof *sources;
  static_assert(kCount == kStemFdCount + 1);
  int aside[kCount];
  for (int index = 0; index < kCount; ++index) {
    aside[index] = ::fcntl(sources[index], F_DUPFD, kCount);
    if (aside[index] < 0) return step_failed(Step::kArrangeDescriptors);
  }
  for (int index = 0; index < kCount; ++index) {
    if (::dup2(aside[index], index) < 0) return step_failed(Step::kArrangeDescriptors);
  }
  *image = kStemFdCount;
  if (::fcntl(*image, F_SETFD, FD_CLOEXEC) != 0 || ::close_range(kCount, ~0u, 0) != 0)
    return step_failed(Step::kArrangeDescriptors);
  return {};
}

void reset_signals() {
  for (int signal = 1; signal < SIGRTMIN; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

StepError prepare_and_exec(const StemRecipe& recipe, const std::vector<int>& cgroup_files, const FarEnds& far,
                           int* report) {
  reset_signals();
  ::setsid();  // a key pressed at the server's terminal is not for functions
  if (const StepError became = become_user(recipe, far.alive.get()); !became.ok()) return became;
  if (const StepError joined = join_cgroups(cgroup_files); !joined.ok()) return joined;
  int image = -1;
  if (const StepError placed = place_descriptors(recipe, far, &image); !placed.ok()) return placed;
  *report = kStemReportFd;
  const StepError limited = stands(TestedWall::kRlimits) ? limit_template() : StepError{};
  if (!limited.ok()) return limited;
  char name[] = "sojourn-template";
  char* const arguments[] = {name, const_cast<char*>(recipe.wall_argument), const_cast<char*>(left_out()), nullptr};
  char* const environment[] = {nullptr};
  ::syscall(SYS_execveat, image, "", arguments, environment, AT_EMPTY_PATH);
  return step_failed(Step::kExecTemplate);
}

[[noreturn]] void run_child(const StemRecipe& recipe, const std::vector<int>& cgroup_files, const FarEnds& far,
                            Stem& near) {
  // A warden that dies from here on must take the child along: by signal, until the user changes, and by the end of the
  // pipe that the child waits on, which comes only when no copy of its write end is left.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  near.alive.reset();
  int report = far.report.get();
  const StepError failed = prepare_and_exec(recipe, cgroup_files, far, &report);
  StemReport words;
  words.step = failed.step;
  words.error = failed.error;
  [[maybe_unused]] const ssize_t told = ::write(report, &words, sizeof words);
  ::_exit(1);
}

// ---- in the warden

std::uint64_t namespaces() {
  std::uint64_t flags = kTemplateNamespaces;
  if (!stands(TestedWall::kUserNamespace)) flags &= ~std::uint64_t{CLONE_NEWUSER};
  if (!stands(TestedWall::kPidNamespace)) flags &= ~std::uint64_t{CLONE_NEWPID};
  if (!stands(TestedWall::kIpcNamespace)) flags &= ~std::uint64_t{CLONE_NEWIPC};
  if (!stands(TestedWall::kUtsNamespace)) flags &= ~std::uint64_t{CLONE_NEWUTS};
  return flags;
}

void raise_oom_score(pid_t pid) {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (file) ::dprintf(file.get(), "%d", kOomScore);
}

StepError let_go(const StemRecipe& recipe, const Stem& stem) {
  raise_oom_score(stem.pid);
  if (!recipe.own_uid) return {};
  const uid_t uid = recipe.first_uid + stem.slot;
  const StepError mapped = stands(TestedWall::kUserNamespace) ? map_user(stem.pid, uid, uid) : StepError{};
  if (!mapped.ok()) return mapped;
  return ::write(stem.alive.get(), &kGo, 1) == 1 ? StepError{} : step_failed(Step::kMapUser);
}

}  // namespace

StepError clone_stem(const StemRecipe& recipe, const std::vector<int>& cgroup_files, Stem& stem) {
  FarEnds far;
  if (!make_descriptors(stem, far)) return step_failed(Step::kMakeDescriptors);
  far.filters = recipe.filters[static_cast<std::size_t>(stem.kind)];
  if (::fchdir(stem.directory.get()) != 0) return step_failed(Step::kMakeStemDirectory);
  int pidfd = -1;
  stem.pid = clone_process(namespaces(), &pidfd);
  if (stem.pid == 0) run_child(recipe, cgroup_files, far, stem);
  if (stem.pid < 0) return step_failed(Step::kClone);
  stem.pidfd.reset(pidfd);
  stem.since = std::chrono::steady_clock::now();
  const StepError went = let_go(recipe, stem);
  if (!went.ok()) {
    ::kill(stem.pid, SIGKILL);
    ::waitpid(stem.pid, nullptr, 0);
  }
  return went;
}

}  // namespace sojourn
