// What a function writes to the gateway, by its channel and its log.
#include <doctest/doctest.h>

#include "tests/hostile/city.h"

namespace sojourn::test {

using namespace std::chrono_literals;

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
BROKEN(event_of_4_gib, "an event with four billion attributes and 4 GiB of data")
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
TEST_CASE("hostile: events and items that the manifest does not name are denied") {
  answers("emit_not_allowed", "-2 -2");  // SJ_EDENIED, of emit and of enqueue
}
TEST_CASE("hostile: attributes that no event has are refused") {
  CHECK(number_said("emit_broken_attributes") == 0);
}
TEST_CASE("hostile: an event after the reply is never taken for the next call's") {
  Act act("emit_after_reply");
  REQUIRE(act.deployed().status == 201);
  for (int i = 0; i < 5; ++i) {
    const Reply reply = act.call();
    CHECK((reply.body == "first" || reply.status >= 500));
  }
  check_neighbour();
}
TEST_CASE("hostile: a flood of events ends the instance before its answers pile up") {
  Act act("flood_of_events", "?timeout=3s");
  const Reply reply = act.call();
  CHECK((reply.status == 502 || reply.status == 504));
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

TEST_CASE("hostile: a reply that claims 1 GiB is refused before anybody believes it") {
  Act act("gibibyte_reply");
  REQUIRE(act.deployed().status == 201);
  const Reply reply = act.call();
  CAPTURE(reply.body.substr(0, 300));
  const bool told_function = reply.status == 200 && reply.body == "refused by the host";
  CHECK((told_function || reply.error_code() == "broken_reply"));
  check_neighbour();
}
TEST_CASE("hostile: a log line of 10 MiB is cut") {
  Act act("log_ten_mib", "?timeout=5s&memory=64MiB");
  REQUIRE(act.deployed().status == 201);
  CHECK(act.call().body == "logged");
  CHECK(city().server.api("GET", "/functions/" + act.name() + "/logs").body.size() < (2u << 20));
  check_neighbour();
}
TEST_CASE("hostile: malloc, free and read exported by a function bind for itself only") {
  answers("interpose_malloc", "harmless");
}

}  // namespace sojourn::test
