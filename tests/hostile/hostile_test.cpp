// Every hostile act, deployed and called on a real server, while an innocent neighbour serves 50 requests a second.
// Each case asserts what became of the act and what the caller was told; the last one that nothing was left behind.
#include <doctest/doctest.h>
#include <memory>

#include "tests/harness/footprint.h"
#include "tests/harness/server.h"
#include "tests/harness/steady_load.h"

namespace sojourn::test {
namespace {

using namespace std::chrono_literals;

// One server with a neighbour, for all cases; made by the first.
struct City {
  City() {
    const Reply deployed = server.deploy("neighbour", example("hello"), "?instances.min=1");
    REQUIRE(deployed.status == 201);
    REQUIRE(server.get("/function/neighbour").status == 200);
    before = footprint(server);
    neighbour = std::make_unique<SteadyLoad>(server.port(), "/function/neighbour", "hello", 50);
  }
  Server server;
  Footprint before;
  std::unique_ptr<SteadyLoad> neighbour;
};

City& city() {
  static City the_city;
  return the_city;
}

std::string route_name(std::string act) {
  for (char& c : act) {
    if (c == '_') c = '-';
  }
  return act;
}

// Deploys an act for the length of a case.
class Act {
 public:
  explicit Act(const std::string& name, const std::string& query = "") : name_(route_name(name)) {
    const std::string more = query.empty() ? "?timeout=3s&memory=64MiB" : query;
    deployed_ = city().server.deploy(name_, hostile_act(name), more);
  }
  ~Act() {
    if (deployed_.status == 201) city().server.api("DELETE", "/functions/" + name_);
  }
  const Reply& deployed() const { return deployed_; }
  Reply call() { return city().server.get("/function/" + name_); }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  Reply deployed_;
};

void check_neighbour() {
  const LoadReport seen = city().neighbour->peek();
  CAPTURE(seen.failures);
  CHECK(seen.failed == 0);
}

// The act survives and says `body`.
void answers(const std::string& name, const std::string& body, const std::string& query = "") {
  Act act(name, query);
  REQUIRE_MESSAGE(act.deployed().status == 201, act.deployed().body);
  const Reply reply = act.call();
  CAPTURE(name);
  CHECK(reply.status == 200);
  CHECK(reply.body == body);
  check_neighbour();
}

// The act ends its instance; the caller gets `code` with `words` in the message, and the next call is served alike.
void fails(const std::string& name, int status, const std::string& code, const std::string& words,
           const std::string& query = "") {
  Act act(name, query);
  REQUIRE_MESSAGE(act.deployed().status == 201, act.deployed().body);
  const Reply reply = act.call();
  CAPTURE(name);
  CAPTURE(reply.body);
  CHECK(reply.status == status);
  CHECK(reply.error_code() == code);
  CHECK(reply.body.find(words) != std::string::npos);
  check_neighbour();
}

// The act is refused at its deploy, with `words` in the reason.
void refused(const std::string& name, const std::string& words) {
  Act act(name);
  CAPTURE(name);
  CAPTURE(act.deployed().body);
  CHECK(act.deployed().status == 422);
  CHECK(act.deployed().error_code() == "refused");
  CHECK(act.deployed().body.find(words) != std::string::npos);
  CHECK(city().server.get("/function/" + act.name()).status == 404);
  check_neighbour();
}

int number_said(const std::string& name, const std::string& query = "") {
  Act act(name, query);
  REQUIRE_MESSAGE(act.deployed().status == 201, act.deployed().body);
  const Reply reply = act.call();
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
  check_neighbour();
  return std::stoi(reply.body);
}

}  // namespace

// --- at load ---------------------------------------------------------------------------------------------------------
TEST_CASE("hostile: a constructor that crashes is a reason at deploy") {
  refused("crash_in_constructor", "SIGSEGV");
}
TEST_CASE("hostile: a constructor that exits is a reason at deploy") {
  refused("exit_in_constructor", "exit");
}
TEST_CASE("hostile: a constructor that blocks is a reason at deploy") {
  refused("block_in_constructor", "5 s");
}
TEST_CASE("hostile: a constructor that starts a thread is a reason at deploy") {
  refused("thread_in_constructor", "thread");
}
TEST_CASE("hostile: a fork bomb in a constructor stays in its sandbox") {
  refused("fork_bomb_in_constructor", "");
}

// --- processes and threads -------------------------------------------------------------------------------------------
TEST_CASE("hostile: a handler cannot fork") {
  answers("fork_in_handler", "EPERM");
}
TEST_CASE("hostile: threads stop at the limit") {
  // The kernel counts them for all instances of a version together: 8 + (max and spares) x (1 + threads).
  CHECK(number_said("thread_bomb", "?threads=8&instances.max=1&timeout=3s") <= 8 + 5 * 9);
}
TEST_CASE("hostile: a thread that outlives its reply does not outlive the function") {
  answers("threads_outlive_reply", "burning");
}
TEST_CASE("hostile: kill(-1) reaches nobody") {
  answers("kill_everybody", "EPERM");
}
TEST_CASE("hostile: the template cannot be signalled") {
  answers("kill_parent", "EPERM");
}
TEST_CASE("hostile: siblings cannot be signalled") {
  CHECK(number_said("kill_siblings") == 0);
}

// --- endings ---------------------------------------------------------------------------------------------------------
TEST_CASE("hostile: abort is told") {
  fails("abort_in_handler", 502, "function_crashed", "SIGABRT");
}
TEST_CASE("hostile: a bad pointer is told") {
  fails("segfault", 502, "function_crashed", "SIGSEGV");
}
TEST_CASE("hostile: a stack overflow is told") {
  fails("stack_overflow", 502, "function_crashed", "SIGSEGV");
}
TEST_CASE("hostile: exit is told") {
  fails("exit_in_handler", 502, "function_exited", "3");
}
TEST_CASE("hostile: a busy loop ends at the deadline") {
  fails("busy_loop", 504, "deadline", "300ms", "?timeout=300ms");
}
TEST_CASE("hostile: a sleep ends at the deadline") {
  fails("sleep_for_ever", 504, "deadline", "300ms", "?timeout=300ms");
}
TEST_CASE("hostile: ignoring every signal does not help") {
  fails("ignore_signals", 504, "deadline", "300ms", "?timeout=300ms");
}
TEST_CASE("hostile: no reply is a fault of the function") {
  fails("return_without_reply", 500, "function_threw", "");
}
TEST_CASE("hostile: a throwing destructor ends in abort") {
  fails("throwing_destructor", 502, "function_crashed", "SIGABRT");
}
TEST_CASE("hostile: a longjmp into nowhere harms its own call only") {
  Act act("jump_out");
  REQUIRE(act.deployed().status == 201);
  const int status = act.call().status;
  CHECK((status == 502 || status == 504));
  check_neighbour();
}

// --- memory, files, descriptors --------------------------------------------------------------------------------------
TEST_CASE("hostile: allocating for ever ends at the memory limit") {
  fails("allocate_for_ever", 502, "out_of_memory", "64MiB");
}
TEST_CASE("hostile: shared memory is bounded too") {
  Act act("share_for_ever");
  REQUIRE(act.deployed().status == 201);
  const Reply reply = act.call();
  CAPTURE(reply.body);
  const bool stopped_by_limit = reply.status == 200 && std::stoi(reply.body) <= 4 * 64 + 64;  // MiB of address space
  CHECK((stopped_by_limit || reply.error_code() == "out_of_memory"));
  check_neighbour();
}
TEST_CASE("hostile: 100 GiB of address space are not to be had") {
  answers("map_100_gib", "ENOMEM");
}
TEST_CASE("hostile: a leak per call ends one instance at a time") {
  Act act("leak_per_call");
  REQUIRE(act.deployed().status == 201);
  int good = 0, bad = 0;
  for (int i = 0; i < 40; ++i) {
    const Reply reply = act.call();
    reply.status == 200 ? ++good : ++bad;
    if (reply.status != 200) CHECK((reply.status == 502 || reply.status == 503));
  }
  CHECK(good > 10);
  CHECK(bad > 0);
  check_neighbour();
}
TEST_CASE("hostile: /tmp is bounded") {
  CHECK(number_said("fill_tmp") <= 16);
}
TEST_CASE("hostile: descriptors are bounded") {
  Act act("exhaust_descriptors");
  const Reply reply = act.call();
  CHECK(reply.body.find("EMFILE") != std::string::npos);
  CHECK(std::stoi(reply.body) <= 64);
  check_neighbour();
}
TEST_CASE("hostile: no file of the host can be read") {
  answers("read_host_files", "none");
}
TEST_CASE("hostile: nothing but /tmp can be written") {
  answers("write_files", "none");
}
TEST_CASE("hostile: code in /tmp cannot be mapped for execution") {
  Act act("execute_from_tmp");
  const Reply reply = act.call();
  CHECK((reply.body == "EPERM" || reply.body == "EACCES"));
}
TEST_CASE("hostile: no program can be started") {
  Act act("run_a_program");
  const Reply reply = act.call();
  CHECK((reply.body == "EPERM" || reply.body == "EACCES" || reply.body == "ENOSYS"));
}

// --- the kernel's surface --------------------------------------------------------------------------------------------
#define FORBIDDEN(act, words)                        \
  TEST_CASE("hostile: " words " ends the process") { \
    fails(#act, 502, "forbidden_syscall", "");       \
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
  for (const char* name : {"gain_capabilities", "message_queue", "steal_descriptor"}) {
    Act act(name);
    const Reply reply = act.call();
    CAPTURE(name);
    CAPTURE(reply.body);
    const bool denied =
        reply.body == "EPERM" || reply.body == "ENOSYS" || reply.body == "EFAULT" || reply.body == "EBADF";
    CHECK((denied || reply.error_code() == "forbidden_syscall"));
    CHECK(reply.body != "allowed");
  }
  check_neighbour();
}
TEST_CASE("hostile: no socket of any family") {
  CHECK(number_said("open_sockets") == 0);
}

// --- the channel -----------------------------------------------------------------------------------------------------
#define BROKEN(act, words)                            \
  TEST_CASE("hostile: " words " is a broken reply") { \
    fails(#act, 502, "broken_reply", "");             \
  }
BROKEN(random_bytes_everywhere, "noise on every descriptor")
BROKEN(wrong_magic, "a frame without the magic")
BROKEN(oversized_frame, "a frame of 4 GiB")
BROKEN(unknown_frame, "a frame of no known type")
BROKEN(frame_of_the_gateway, "a frame that only the gateway sends")
BROKEN(wrong_call_number, "a reply to another call")
BROKEN(hostile_lengths, "a frame with lengths beyond its end")
BROKEN(header_injection, "a header with CR LF")
BROKEN(bad_status, "status 99")
#undef BROKEN

TEST_CASE("hostile: half a frame and gone is told by how the process ended") {
  fails("truncated_frame", 502, "function_exited", "");
}
TEST_CASE("hostile: half a frame and silence ends at the deadline") {
  fails("dribbled_frame", 504, "deadline", "500ms", "?timeout=500ms");
}
TEST_CASE("hostile: closing the channel and living on does not help") {
  Act act("close_channel_and_live");
  const Reply reply = act.call();
  CHECK(reply.status == 502);
  check_neighbour();
}
TEST_CASE("hostile: a flood of frames is throttled and ends at the deadline") {
  Act act("flood_of_frames", "?timeout=1s");
  const Reply reply = act.call();
  CHECK((reply.status == 502 || reply.status == 504));
  check_neighbour();
}
TEST_CASE("hostile: a second reply is never taken for the next call's") {
  Act act("reply_twice");
  REQUIRE(act.deployed().status == 201);
  for (int i = 0; i < 5; ++i) {
    const Reply reply = act.call();
    CHECK(reply.body != "forged");
  }
  check_neighbour();
}
TEST_CASE("hostile: descriptors do not travel to the gateway") {
  Act act("send_descriptor");
  const Reply reply = act.call();
  CAPTURE(reply.body);
  CHECK((reply.body == "EPERM" || reply.error_code() == "broken_reply" || reply.error_code() == "forbidden_syscall"));
  check_neighbour();
}
TEST_CASE("hostile: an endless stream is bounded by the deadline and flat in memory") {
  Act act("endless_reply", "?timeout=1s");
  const long before_kib = footprint(city().server).gateway_memory_kib;
  // A client that reads slowly: the gateway must not gather what the function writes.
  const Finished client = run({"curl", "-s", "-o", "/dev/null", "--limit-rate", "100k", "--max-time", "4",
                               city().server.url("/function/" + act.name())});
  CHECK(client.status != 0);
  CHECK(footprint(city().server).gateway_memory_kib < before_kib + 16 * 1024);
  check_neighbour();
}
TEST_CASE("hostile: a reply of 64 MiB is refused") {
  Act act("giant_reply", "?memory=256MiB&timeout=5s");
  REQUIRE(act.deployed().status == 201);
  const Reply reply = act.call();
  CAPTURE(reply.body.substr(0, 300));
  const bool told_function = reply.status == 200 && reply.body == "refused by the host";
  CHECK((told_function || reply.error_code() == "broken_reply"));
  check_neighbour();
}
TEST_CASE("hostile: a flood on standard error is bounded") {
  Act act("flood_stderr", "?timeout=5s");
  const Reply reply = act.call();
  CHECK(reply.status == 200);
  const Reply log = city().server.api("GET", "/functions/" + act.name() + "/logs");
  CHECK(log.body.size() < (2u << 20));
  check_neighbour();
}
TEST_CASE("hostile: a log line cannot forge another") {
  Act act("forge_log_lines");
  REQUIRE(act.call().status == 200);
  const Reply log = city().server.api("GET", "/functions/" + act.name() + "/logs");
  CHECK(log.body.find("\n{\"level\":\"info\",\"message\":\"forged\"") == std::string::npos);
  CHECK(log.body.find('\x1b') == std::string::npos);
  CHECK(city().server.log().find('\x1b') == std::string::npos);
}
TEST_CASE("hostile: names of libc calls exported by a function bind for itself only") {
  answers("interpose_libc", "harmless");
}

// --- afterwards ------------------------------------------------------------------------------------------------------
TEST_CASE("hostile: the neighbour saw no error, and nothing is left behind") {
  const LoadReport seen = city().neighbour->stop();
  CAPTURE(seen.failures);
  CHECK(seen.failed == 0);
  CHECK(seen.sent > 100);
  MESSAGE("neighbour: " << seen.sent << " calls, p50 " << seen.percentile(0.5).count() << " us, p99 "
                        << seen.percentile(0.99).count() << " us");
  const Footprint& before = city().before;
  const bool back = eventually(
      [&] {
        const Footprint now = footprint(city().server);
        return now.processes <= before.processes && now.gateway_descriptors <= before.gateway_descriptors + 2 &&
               now.host_mounts <= before.host_mounts && now.cgroups <= before.cgroups && now.stems <= before.stems;
      },
      20s);
  CHECK_MESSAGE(back, "before: " << before.text() << "; after: " << footprint(city().server).text());
  CHECK(city().server.stop().status == 0);
}

}  // namespace sojourn::test
