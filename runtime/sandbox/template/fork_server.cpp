#include "runtime/sandbox/template/fork_server.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/sandbox/template/host_call.h"
#include "runtime/sandbox/template/instance.h"
#include "runtime/sandbox/template/item_file.h"

namespace sojourn {
namespace {

constexpr std::size_t kFdsPerFork = 3;
constexpr std::size_t kChildrenReserved = 1024;

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// SIGCHLD is blocked except while waiting, so that no child's end is missed between looking and waiting. User code may
// have changed both, so this comes after it.
sigset_t wait_for_children_by_signal() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGCHLD, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is EFBIG to the writer, not its death
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  sigset_t while_waiting = blocked;
  ::sigaddset(&blocked, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  return while_waiting;
}

// A batch process never interrupts another that wakes it: forking ahead does not push aside an instance at work.
// Unlike a lower priority, a child can leave this class without a privilege.
void step_behind_instances() {
  const sched_param no_priority{};
  ::sched_setscheduler(0, SCHED_BATCH, &no_priority);
}

std::size_t fds_of(msghdr& message, int* fds) {
  std::size_t count = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    count = std::min(kFdsPerFork, (part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(fds, CMSG_DATA(part), count * sizeof(int));
  }
  return count;
}

}  // namespace

void ForkServer::run() {
  children_.reserve(kChildrenReserved);
  sigset_t while_waiting = wait_for_children_by_signal();
  for (;;) {
    pollfd control{kStemControlFd, POLLIN, 0};
    const int ready = ::ppoll(&control, 1, nullptr, &while_waiting);
    reap();
    if (ready > 0 && !receive()) return;
  }
}

bool ForkServer::receive() {
  alignas(8) static char packet[kTemplateMessageMax];
  alignas(cmsghdr) char ancillary[CMSG_SPACE(kFdsPerFork * sizeof(int))];
  iovec piece{packet, sizeof packet};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof ancillary;
  const ssize_t size = ::recvmsg(kStemControlFd, &message, MSG_DONTWAIT);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  int fds[kFdsPerFork];
  const std::size_t fd_count = fds_of(message, fds);
  const std::string_view bytes(packet, static_cast<std::size_t>(size));
  const auto type = PayloadReader(bytes).fixed<TemplateMessage>();
  if (type == TemplateMessage::kLoad && !loaded_) on_load(bytes);
  if (type == TemplateMessage::kFork && loaded_) on_fork(bytes, fds, fd_count);
  for (std::size_t index = 0; index < fd_count; ++index) ::close(fds[index]);
  return true;
}

void ForkServer::on_load(std::string_view packet) {
  PayloadReader in(packet);
  const auto head = in.fixed<LoadHead>();
  const std::string symbol(in.text());
  LoadedHead loaded{};
  loaded.type = TemplateMessage::kLoaded;
  loaded.abi_minor = SJ_ABI_MINOR;
  std::string reason;
  if (!facts_.read(in, head.version, head.env_count, 0) || !module_.read(in, head.fused_count, symbol, facts_)) {
    loaded.outcome = LoadOutcome::kDlopenFailed;
    return send_loaded(loaded, "the LOAD message is cut short");
  }
  const std::uint64_t began = now_ns();
  loaded.outcome = module_.load(reason);
  loaded.load_ns = now_ns() - began;
  // The warden may take the links to the artifacts away now.
  [[maybe_unused]] const ssize_t told = ::write(kStemReportFd, &kStemLoadedByte, 1);
  ::close(kStemReportFd);
  if (loaded.outcome == LoadOutcome::kOk) {
    const TemplateMessage opened = TemplateMessage::kOpened;
    send(&opened, sizeof opened);
    loaded.outcome = module_.initialise(facts_, reason);
    loaded.init_ns = now_ns() - began - loaded.load_ns;
  }
  std::fflush(stdout);  // else every instance would print it again
  loaded.threads = loaded.outcome == LoadOutcome::kThreadStarted ? 2 : 1;
  loaded_ = loaded.outcome == LoadOutcome::kOk;
  wait_for_children_by_signal();
  step_behind_instances();
  send_loaded(loaded, reason);
}

void ForkServer::send_loaded(LoadedHead head, const std::string& reason) {
  constexpr std::size_t kReasonMax = 4096;
  std::string packet;
  PayloadWriter out(packet);
  out.fixed(head);
  out.text(std::string_view(reason).substr(0, kReasonMax));
  send(packet.data(), packet.size());
}

void ForkServer::on_fork(std::string_view packet, const int* fds, std::size_t fd_count) {
  const auto head = PayloadReader(packet).fixed<ForkHead>();
  ForkedBody forked{};
  forked.type = TemplateMessage::kForked;
  forked.serial = head.serial;
  pid_t child = -1;
  if (fd_count == kFdsPerFork) {
    child = ::fork();
    if (child == 0) run_instance({fds[0], fds[1], fds[2]}, module_, walls_);
    forked.error = child < 0 ? errno : 0;
  } else {
    forked.error = EBADF;
  }
  if (child > 0) children_.push_back({child, head.serial});
  send(&forked, sizeof forked);
}

void ForkServer::reap() {
  int status = 0;
  for (pid_t ended; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto found = std::find_if(children_.begin(), children_.end(), [&](Child& c) { return c.pid == ended; });
    if (found == children_.end()) continue;
    ItemFile::remove_left(ended);
    const ExitBody exit{TemplateMessage::kExit, found->serial, status};
    *found = children_.back();
    children_.pop_back();
    send(&exit, sizeof exit);
  }
}

void ForkServer::send(const void* message, std::size_t size) {
  if (::send(kStemControlFd, message, size, MSG_NOSIGNAL) < 0 && errno == EPIPE) ::_exit(0);
}

}  // namespace sojourn
