// What of the kernel a function can reach: hardly anything.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/hostile/city.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

// Those of policy/system_calls.h that every machine of this kind has.
constexpr long kFatal[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_mount,
    SYS_umount2,
    SYS_mount_setattr,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_personality,
    SYS_open_by_handle_at,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_syslog,
    SYS_vhangup,
};

}  // namespace

#define FORBIDDEN(act, words)                        \
  TEST_CASE("hostile: " words " ends the process") { \
    fails(#act, 502, "forbidden_syscall", "SIGSYS"); \
  }
FORBIDDEN(ptrace_attach, "ptrace")
FORBIDDEN(read_other_memory, "process_vm_readv")
FORBIDDEN(mount_something, "mount")
FORBIDDEN(change_root, "chroot")
FORBIDDEN(unshare_user, "unshare")
FORBIDDEN(io_uring, "io_uring_setup")
FORBIDDEN(keyring, "keyctl")
FORBIDDEN(load_bpf, "bpf")
FORBIDDEN(userfault, "userfaultfd")
FORBIDDEN(performance_events, "perf_event_open")
FORBIDDEN(open_by_handle, "open_by_handle_at")
FORBIDDEN(secret_memory, "memfd_secret")
FORBIDDEN(restart_the_machine, "reboot")
FORBIDDEN(old_system_call_gate, "int 0x80")
FORBIDDEN(x32_system_call, "an x32 call")
#undef FORBIDDEN

#define DENIED(act, errno_name, words)        \
  TEST_CASE("hostile: " words " is denied") { \
    answers(#act, errno_name);                \
  }
DENIED(clone_user_namespace, "EPERM", "clone with a user namespace")
DENIED(clone3_anything, "ENOSYS", "clone3")
DENIED(become_another_user, "EPERM", "setresuid")
DENIED(shared_memory_segment, "EPERM", "shmget")
DENIED(raise_limits, "EPERM", "raising a limit")
#undef DENIED

TEST_CASE("hostile: capabilities, message queues and stolen descriptors are not to be had") {
  answers("gain_capabilities", "EPERM");
  answers("message_queue", "EPERM");
  answers("steal_descriptor", "EPERM");
}
TEST_CASE("hostile: no socket of any family") {
  CHECK(number_said("open_sockets") == 0);
}

TEST_CASE("hostile: no datagram and no connection leaves") {
  answers("udp_to_loopback", "EPERM");
  answers("connect_to_gateway", "EPERM");
}
TEST_CASE("hostile: the host is not seen, neither its name nor its processes") {
  answers("host_name", "sojourn");
  Act act("name_a_process");
  CHECK(act.call("?" + std::to_string(city().server.processes("__gateway").at(0))).body == "ESRCH");
  CHECK(act.call("?" + std::to_string(::getpid())).body == "ESRCH");
}
TEST_CASE("hostile: every call on the fatal list ends the process, and no other instance") {
  // A function of its own for each: one that ends again and again is made to wait.
  for (const long number : kFatal) {
    Act act("call_by_number");
    REQUIRE(act.deployed().status == 201);
    const Reply reply = act.call("?" + std::to_string(number));
    CAPTURE(number);
    CHECK(reply.error_code() == "forbidden_syscall");
  }
  Act act("call_by_number");
  CHECK(act.call("?" + std::to_string(SYS_getpid)).body == "allowed");
  CHECK(act.call("?9999").body == "ENOSYS");
  check_neighbour();
}

}  // namespace sojourn::test
