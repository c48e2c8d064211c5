// older-kernel [--missing=CALL] [--landlock-abi=N] [--no-user-namespaces] [--no-cgroup-v1] -- COMMAND...
//
// Runs a command, the unmodified product, as on a kernel that has less: the calls named are answered ENOSYS, Landlock
// says it is of an older ABI, user namespaces are used up, or no controller of cgroup v1 is mounted (root only). The
// answers come from a seccomp filter that the command and all its children inherit, so nothing in the command has to
// know.
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr unsigned kLandlockVersionFlag = 1;

struct Call {
  std::string_view name;
  unsigned number;
};
constexpr Call kCalls[] = {
    {"clone3", SYS_clone3},   {"fsopen", SYS_fsopen},   {"landlock_create_ruleset", SYS_landlock_create_ruleset},
    {"seccomp", SYS_seccomp}, {"unshare", SYS_unshare}, {"pivot_root", SYS_pivot_root},
};

unsigned number_of(std::string_view name) {
  for (const Call& call : kCalls) {
    if (call.name == name) return call.number;
  }
  std::fprintf(stderr, "older-kernel: no call `%s` is known here\n", name.data());
  std::exit(127);
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(127);
}

void write_text(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail(path);
  ::close(file);
}

// In a user namespace of its own, where it is an ordinary user, it may make no further ones.
void use_up_user_namespaces() {
  const std::string kOrdinary = "65534 ";
  const std::string uid = std::to_string(::geteuid()), gid = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER) != 0) fail("unshare");
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", kOrdinary + uid + " 1");
  write_text("/proc/self/gid_map", kOrdinary + gid + " 1");
  write_text("/proc/sys/user/max_user_namespaces", "0");
}

// In a mount namespace of its own.
void take_off_cgroup_v1() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("unshare");
  for (const char* controller : {"memory", "pids", "cpu"})
    ::umount2((std::string("/sys/fs/cgroup/") + controller).c_str(), MNT_DETACH);
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
  for (;;) {
    pollfd asked{listener, POLLIN, 0};
    ::poll(&asked, 1, -1);
    if ((asked.revents & POLLIN) == 0) std::_Exit(0);
    seccomp_notif request{};
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) continue;  // the asker has ended meanwhile
    seccomp_notif_resp response{};
    response.id = request.id;
    response.val = abi;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

class Filter {
 public:
  Filter() { load(offsetof(seccomp_data, nr)); }
  // When the call is `number`, the next `length` instructions; else what follows them.
  void when(unsigned number, unsigned char length) {
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, length));
  }
  void load(unsigned offset) { program_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)); }
  void answer(unsigned action) { program_.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }
  // Returns a listener when one is asked for. Sets no_new_privs first, which the product does too before it matters.
  int install(unsigned flags) {
    sock_fprog program{static_cast<unsigned short>(program_.size()), program_.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no_new_privs");
    const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (result < 0) fail("seccomp");
    return static_cast<int>(result);
  }

 private:
  std::vector<sock_filter> program_;
};

}  // namespace

int main(int count, char** arguments) {
  Filter filter;
  long abi = 0;
  int next = 1;
  for (; next < count && std::string_view(arguments[next]) != "--"; ++next) {
    const std::string_view option = arguments[next];
    if (option.starts_with("--missing=")) {
      filter.when(number_of(option.substr(10)), 1);
      filter.answer(SECCOMP_RET_ERRNO | ENOSYS);
    } else if (option.starts_with("--landlock-abi=")) {
      abi = std::strtol(option.substr(15).data(), nullptr, 10);
    } else if (option == "--no-user-namespaces") {
      use_up_user_namespaces();
    } else if (option == "--no-cgroup-v1") {
      take_off_cgroup_v1();
    }
  }
  if (next + 1 >= count) return 127;
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) fail("socketpair");
  if (abi != 0) {
    if (::fork() == 0) {
      ::close(pair[0]);
      answer_landlock_version(pair[1], abi);
    }
    filter.when(SYS_landlock_create_ruleset, 4);
    filter.load(offsetof(seccomp_data, args[2]));
    filter.when(kLandlockVersionFlag, 1);
    filter.answer(SECCOMP_RET_USER_NOTIF);
    filter.answer(SECCOMP_RET_ALLOW);
  }
  filter.answer(SECCOMP_RET_ALLOW);
  ::close(pair[1]);
  const int listener = filter.install(abi != 0 ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
  if (abi != 0) {
    send_fd(pair[0], listener);
    ::close(listener);
  }
  ::execv(arguments[next + 1], arguments + next + 1);
  fail("execv");
}
