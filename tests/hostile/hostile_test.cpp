// Processes, endings and exhaustion. Each case asserts what became of the act and what the caller was told.
#include <doctest/doctest.h>

#include "tests/hostile/city.h"

namespace sojourn::test {

using namespace std::chrono_literals;

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

// --- endings
// -----------------------------------------------------------------------------------------------------------
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

TEST_CASE("hostile: an exception that escapes ends in abort") {
  fails("escaping_exception", 502, "function_crashed", "SIGABRT");
}

// --- memory, files, descriptors --------------------------------------------------------------------------------------
TEST_CASE("hostile: allocating for ever ends at the memory limit") {
  fails("allocate_for_ever", 502, "out_of_memory", "64MiB");
}
TEST_CASE("hostile: shared memory is bounded too") {
  Act act("share_for_ever", "?timeout=20s&memory=64MiB");  // touching its pages takes a busy machine a while
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

TEST_CASE("hostile: a file beyond 16 MiB is an error to its writer, and not its death") {
  answers("write_20_mib", "EFBIG", "?timeout=3s&tmp=32MiB");
}

}  // namespace sojourn::test
