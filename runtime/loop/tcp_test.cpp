#include "runtime/loop/tcp.h"

#include <array>
#include <doctest/doctest.h>
#include <string>
#include <sys/socket.h>

namespace sojourn {
namespace {

using namespace std::chrono_literals;

// One end of a socket pair as a TcpConnection; the other is the test's.
struct Talk final : TcpConnection::Events {
  Talk() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    peer = UniqueFd(ends[1]);
    const Status opened = connection.open(UniqueFd(ends[0]));
    REQUIRE(opened.ok());
    connection.start_reading();
  }
  void on_bytes(std::span<char> bytes) override {
    received.append(bytes.data(), bytes.size());
    if (received.ends_with("!")) loop.stop();
  }
  void on_end() override { events += "end "; }
  void on_written() override {
    events += "written ";
    loop.stop();
  }
  void on_broken() override {
    events += "broken ";
    loop.stop();
  }
  void on_closed() override {
    events += "closed ";
    loop.stop();
  }
  void say(std::string_view text) {
    CHECK(::send(peer.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  std::string hear() {
    std::string all(1 << 20, '\0');
    const ssize_t got = ::recv(peer.get(), all.data(), all.size(), 0);
    all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return all;
  }

  Loop loop;
  TcpBuffers buffers;
  UniqueFd peer;
  std::string received;
  std::string events;
  TcpConnection connection{loop, buffers, *this};
};

}  // namespace

TEST_CASE("tcp: bytes come in, two pieces go out as one") {
  Talk talk;
  talk.say("hello!");
  talk.loop.run();
  CHECK(talk.received == "hello!");
  CHECK(talk.connection.write("one ", "two"));
  CHECK(talk.connection.unsent() == 0);
  CHECK(talk.hear() == "one two");
}

TEST_CASE("tcp: what the kernel does not take waits, and its end is told") {
  Talk talk;
  const std::string large(1 << 20, 'x');
  CHECK(talk.connection.write("head ", large));
  CHECK(talk.connection.unsent() > 0);
  std::string heard;
  Timer reader(talk.loop);
  reader.repeat(1ms, [&] { heard += talk.hear(); });
  talk.loop.run();
  CHECK(talk.events == "written ");
  CHECK(talk.connection.unsent() == 0);
  heard += talk.hear();
  CHECK(heard == "head " + large);
}

TEST_CASE("tcp: large strings are kept up to a bound and lent again, small ones are not") {
  TcpBuffers buffers;
  std::string small(1000, 's');
  buffers.take_back(std::move(small));
  CHECK(buffers.spare_bytes() == 0);
  for (int i = 0; i < 40; ++i) buffers.take_back(std::string(1 << 20, 'l'));
  CHECK(buffers.spare_bytes() > 8u << 20);
  CHECK(buffers.spare_bytes() <= TcpBuffers::kSpareBytesMax);
  const std::string lent = buffers.lend();
  CHECK(lent.empty());
  CHECK(lent.capacity() >= 1u << 20);
}

TEST_CASE("tcp: the end of the peer's bytes does not end the connection") {
  Talk talk;
  talk.say("last!");
  ::shutdown(talk.peer.get(), SHUT_WR);
  talk.loop.run();
  Timer later(talk.loop);
  later.start(5ms, [&] { talk.loop.stop(); });
  talk.loop.run();
  CHECK(talk.events == "end ");
  CHECK(talk.connection.write("answer"));
  CHECK(talk.hear() == "answer");
}

TEST_CASE("tcp: a write to a peer that is gone says so") {
  Talk talk;
  talk.peer.reset();
  CHECK(!talk.connection.write("anybody?"));
}

TEST_CASE("tcp: a closed connection may be opened again") {
  Talk talk;
  talk.connection.close();
  talk.loop.run();
  CHECK(talk.events == "closed ");
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
  talk.peer = UniqueFd(ends[1]);
  REQUIRE(talk.connection.open(UniqueFd(ends[0])).ok());
  talk.connection.start_reading();
  talk.say("again!");
  talk.loop.run();
  CHECK(talk.received == "again!");
}

TEST_CASE("tcp: a connection may be dropped while a write waits") {
  Talk talk;
  auto dropped = std::make_unique<Talk>();
  CHECK(dropped->connection.write(std::string(1 << 20, 'x')));
  CHECK(dropped->connection.unsent() > 0);
  dropped.reset();
}

}  // namespace sojourn
