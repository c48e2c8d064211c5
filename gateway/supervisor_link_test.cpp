#include "gateway/supervisor_link.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

namespace sojourn {
namespace {

struct Pair {
  Pair() {
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    supervisor.reset(ends[0]);
    gateway.reset(ends[1]);
  }
  UniqueFd supervisor, gateway;
};

TEST_CASE("supervisor link: a warden's descriptor arrives open and closes on exec") {
  Pair pair;
  UniqueFd pipe_end(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(send_link_message(pair.supervisor.get(), LinkMessage::kWarden, pipe_end.get()).ok());
  auto packet = receive_link_message(pair.gateway.get());
  REQUIRE(packet.ok());
  CHECK(packet->message == LinkMessage::kWarden);
  CHECK((::fcntl(packet->descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("supervisor link: ready carries no descriptor, an empty socket says nothing") {
  Pair pair;
  CHECK(receive_link_message(pair.supervisor.get())->message == LinkMessage::kNothing);
  REQUIRE(send_link_message(pair.gateway.get(), LinkMessage::kReady).ok());
  auto packet = receive_link_message(pair.supervisor.get());
  CHECK(packet->message == LinkMessage::kReady);
  CHECK_FALSE(packet->descriptor);
}

TEST_CASE("supervisor link: the other side's end is told apart from a message") {
  Pair pair;
  pair.supervisor.reset();
  auto packet = receive_link_message(pair.gateway.get());
  REQUIRE(packet.ok());
  CHECK(packet->message == LinkMessage::kClosed);
}

TEST_CASE("supervisor link: a warden message without its descriptor is an error") {
  Pair pair;
  REQUIRE(send_link_message(pair.supervisor.get(), LinkMessage::kWarden).ok());
  CHECK_FALSE(receive_link_message(pair.gateway.get()).ok());
}

}  // namespace
}  // namespace sojourn
