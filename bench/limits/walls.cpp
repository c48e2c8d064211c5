#include "bench/limits/walls.h"

#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <iterator>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include "bench/measure/fail.h"
#include "runtime/base/unique_fd.h"

namespace bench {
namespace {

constexpr char kRoot[] = "/tmp";  // covered by the sandbox's root; only in its own mount namespace

void write_file(const std::string& path, const std::string& text) {
  const sojourn::UniqueFd file(must(::open(path.c_str(), O_WRONLY | O_CLOEXEC), path.c_str()));
  must(::write(file.get(), text.data(), text.size()), path.c_str());
}

void write_maps(const std::string& process, uid_t user, gid_t group) {
  write_file(process + "/setgroups", "deny");
  write_file(process + "/uid_map", "0 " + std::to_string(user) + " 1");
  write_file(process + "/gid_map", "0 " + std::to_string(group) + " 1");
}

void bind_read_only(const std::string& from, const std::string& to) {
  must(::mkdir(to.c_str(), 0755), to.c_str());
  must(::mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr), from.c_str());
  constexpr unsigned long kFlags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV;
  must(::mount(nullptr, to.c_str(), nullptr, kFlags, nullptr), to.c_str());
}

void allow_reading_below(int ruleset, const char* path) {
  const sojourn::UniqueFd directory(must(::open(path, O_PATH | O_CLOEXEC), path));
  landlock_path_beneath_attr rule{};
  rule.parent_fd = directory.get();
  rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
  must(::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0), "landlock rule");
}

constexpr long kAllowed[] = {
    SYS_read,
    SYS_write,
    SYS_close,
    SYS_fstat,
    SYS_lseek,
    SYS_mmap,
    SYS_mprotect,
    SYS_munmap,
    SYS_brk,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_pread64,
    SYS_readv,
    SYS_writev,
    SYS_sched_yield,
    SYS_mremap,
    SYS_madvise,
    SYS_nanosleep,
    SYS_getpid,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_clone,
    SYS_exit,
    SYS_wait4,
    SYS_fcntl,
    SYS_getuid,
    SYS_sigaltstack,
    SYS_gettid,
    SYS_tgkill,
    SYS_futex,
    SYS_getdents64,
    SYS_clock_gettime,
    SYS_exit_group,
    SYS_clock_nanosleep,
    SYS_openat,
    SYS_newfstatat,
    SYS_ppoll,
    SYS_set_robust_list,
    SYS_getrandom,
    SYS_prlimit64,
    SYS_close_range,
    SYS_rseq,
    SYS_epoll_wait,
    SYS_epoll_ctl,
    SYS_epoll_create1,
    SYS_eventfd2,
    SYS_membarrier,
};

sock_filter statement(unsigned code, unsigned value) {
  return BPF_STMT(static_cast<std::uint16_t>(code), value);
}
sock_filter equal(long value, std::size_t then_skip, std::size_t else_skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(value), static_cast<std::uint8_t>(then_skip),
                  static_cast<std::uint8_t>(else_skip));
}

std::vector<sock_filter> allow_list() {
  std::vector<sock_filter> program = {
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      equal(AUDIT_ARCH_X86_64, 1, 0),
      statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  constexpr std::size_t kCount = std::size(kAllowed);
  for (std::size_t i = 0; i < kCount; ++i) program.push_back(equal(kAllowed[i], kCount - i, 0));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return program;
}

}  // namespace

void enter_empty_network() {
  if (geteuid() == 0) {
    must(::unshare(CLONE_NEWNET), "unshare of the network");
    return;
  }
  const uid_t user = geteuid();
  const gid_t group = getegid();
  must(::unshare(CLONE_NEWUSER | CLONE_NEWNET), "unshare of user and network");
  write_maps("/proc/self", user, group);
}

pid_t fork_into_namespaces() {
  clone_args arguments{};
  arguments.flags =
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | static_cast<unsigned>(CLONE_NEWCGROUP);
  arguments.exit_signal = SIGCHLD;
  return static_cast<pid_t>(must(::syscall(SYS_clone3, &arguments, sizeof arguments), "clone3"));
}

void map_identity(pid_t child) {
  write_maps("/proc/" + std::to_string(child), geteuid(), getegid());
}

void enter_own_root(const std::string& object_directory) {
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
  // Opened before the tmpfs may cover it.
  const sojourn::UniqueFd objects(must(::open(object_directory.c_str(), O_PATH | O_CLOEXEC), object_directory.c_str()));
  const std::string root = kRoot;
  must(::mount("tmpfs", kRoot, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k"), "tmpfs root");
  bind_read_only("/usr", root + "/usr");
  bind_read_only("/proc/self/fd/" + std::to_string(objects.get()), root + "/fn");
  must(::symlink("usr/lib", (root + "/lib").c_str()), "lib");
  must(::symlink("usr/lib64", (root + "/lib64").c_str()), "lib64");
  must(::mkdir((root + "/tmp").c_str(), 0777), "tmp");
  must(::mount("tmpfs", (root + "/tmp").c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=16m"), "tmpfs /tmp");
  must(::chdir(kRoot), kRoot);
  must(::syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(::umount2(".", MNT_DETACH), "old root");
  must(::mount(nullptr, "/", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr),
       "root read-only");
}

void restrict_files() {
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = 0x1fff;  // every right of the first Landlock
  const long made = ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (made < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) return;
  const sojourn::UniqueFd ruleset(static_cast<int>(must(made, "landlock")));
  allow_reading_below(ruleset.get(), "/usr");
  allow_reading_below(ruleset.get(), "/fn");
  must(::syscall(SYS_landlock_restrict_self, ruleset.get(), 0), "landlock restrict");
}

void restrict_system_calls() {
  std::vector<sock_filter> filter = allow_list();
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  must(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
}

}  // namespace bench
