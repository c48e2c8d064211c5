// older-kernel [--missing=CALL] [--landlock-abi=N] [--no-user-namespaces] -- COMMAND...
//
// Runs a command, the unmodified product, as on a kernel that has less: the calls named are answered ENOSYS, Landlock
// says it is of an older ABI, or user namespaces are used up. The answers come from a seccomp filter that the command
// and all its children inherit, so nothing in the command has to know.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr unsigned kLandlockVersionFlag = 1;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(127);
}

void write_text(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail(path);
  ::close(file);
}

// In a user namespace of its own, as whoever it was there and here, it may make no further ones.
void use_up_user_namespaces() {
  const std::string uid = std::to_string(::geteuid()), gid = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER) != 0) fail("unshare");
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", "0 " + uid + " 1");
  write_text("/proc/self/gid_map", "0 " + gid + " 1");
  write_text("/proc/sys/user/max_user_namespaces", "0");
}

void send_fd(int socket, int fd) {
  char nothing = 0;
  alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof fd)] = {};
  iovec piece{&nothing, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof ancillary;
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
  if (::sendmsg(socket, &message, 0) != 1) fail("sendmsg");
}

int receive_fd(int socket) {
  char nothing;
  alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(int))];
  iovec piece{&nothing, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof ancillary;
  if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || CMSG_FIRSTHDR(&message) == nullptr) std::_Exit(0);
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  return fd;
}

// Tells everybody who asks that Landlock is of this ABI, until nobody is left who could.
[[noreturn]] void answer_landlock_version(int socket, long abi) {
  const int listener = receive_fd(socket);
  seccomp_notif* request = nullptr;
  seccomp_notif_resp* response = nullptr;
  if (seccomp_notify_alloc(&request, &response) != 0) std::_Exit(1);
  for (;;) {
    std::memset(request, 0, sizeof *request);
    const int received = seccomp_notify_receive(listener, request);
    if (received != 0) {
      if (errno == ENOENT || errno == EINTR) continue;  // the asker has ended meanwhile
      std::_Exit(0);
    }
    response->id = request->id;
    response->val = abi;
    response->error = 0;
    response->flags = 0;
    seccomp_notify_respond(listener, response);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  long abi = 0;
  int next = 1;
  for (; next < count && std::string_view(arguments[next]) != "--"; ++next) {
    const std::string_view option = arguments[next];
    if (option.starts_with("--missing=")) {
      const int number = seccomp_syscall_resolve_name(option.substr(10).data());
      if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0) != 0) fail("seccomp_rule_add");
    } else if (option.starts_with("--landlock-abi=")) {
      abi = std::strtol(option.substr(15).data(), nullptr, 10);
      if (seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(landlock_create_ruleset), 1,
                           SCMP_A2(SCMP_CMP_EQ, kLandlockVersionFlag)) != 0)
        fail("seccomp_rule_add");
    } else if (option == "--no-user-namespaces") {
      use_up_user_namespaces();
    }
  }
  if (next + 1 >= count) return 127;

  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) fail("socketpair");
  if (abi != 0 && ::fork() == 0) {
    ::close(pair[0]);
    answer_landlock_version(pair[1], abi);
  }
  ::close(pair[1]);
  // Sets no_new_privs too, which the product sets itself before it matters.
  if (seccomp_load(filter) != 0) fail("seccomp_load");
  if (abi != 0) send_fd(pair[0], seccomp_notify_fd(filter));
  ::execv(arguments[next + 1], arguments + next + 1);
  fail("execv");
}
