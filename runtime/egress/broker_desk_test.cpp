// The broker against real sockets of the loopback, with a resolver that the tests play.
#include "runtime/egress/broker_desk.h"

#include <arpa/inet.h>
#include <atomic>
#include <cstring>
#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

#include "runtime/sandbox/host/passed_fds.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

constexpr int kPatienceMs = 20'000;

struct Pair {
  UniqueFd first, second;
};

Pair make_pair_of(int type) {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

sockaddr_storage address_on(const char* text, std::uint16_t port) {
  sockaddr_storage storage{};
  if (auto& v4 = reinterpret_cast<sockaddr_in&>(storage); ::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return storage;
  }
  storage = {};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  REQUIRE(::inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  return storage;
}

// A TCP server of the loopback that has accepted nothing yet.
struct Listener {
  Listener() {
    socket.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_storage any = address_on("127.0.0.1", 0);
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(sockaddr_in)) == 0);
    REQUIRE(::listen(socket.get(), 64) == 0);
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size);
    port = ntohs(bound.sin_port);
  }
  bool has_caller(int patience_ms) const {
    pollfd ready{socket.get(), POLLIN, 0};
    return ::poll(&ready, 1, patience_ms) > 0;
  }
  UniqueFd accept() const {
    REQUIRE(has_caller(kPatienceMs));
    return UniqueFd(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  UniqueFd socket;
  std::uint16_t port = 0;
};

// A broker on a thread of its own, and the gateway's end of its link.
class TestBroker {
 public:
  TestBroker(PrivateAddresses permission, Resolve resolve) {
    Pair link = make_pair_of(SOCK_SEQPACKET);
    link_ = std::move(link.first);
    thread_ = std::thread([far = link.second.release(), permission, resolve = std::move(resolve)] {
      Loop loop;
      const BrokerDesk desk(loop, UniqueFd(far), permission, resolve, [&] { loop.stop(); });
      loop.run();
    });
  }
  ~TestBroker() {
    link_.reset();
    thread_.join();
  }

  // The function's end of what is to be a connection.
  UniqueFd open(std::uint64_t id, const std::string& host, std::uint16_t port, int is_private = 0) {
    Pair stream = make_pair_of(SOCK_STREAM);
    OpenRequest request{};
    request.type = BrokerMessageType::kOpen;
    request.id = id;
    request.port = port;
    request.is_private = static_cast<std::uint8_t>(is_private);
    host.copy(request.host.data(), request.host.size() - 1);
    const int far = stream.second.get();
    REQUIRE(send_packet(link_.get(), &request, sizeof request, &far, 1));
    return std::move(stream.first);
  }
  template <class Message>
  Message next() {
    pollfd ready{link_.get(), POLLIN, 0};
    REQUIRE(::poll(&ready, 1, kPatienceMs) > 0);
    Message message{};
    REQUIRE(::recv(link_.get(), &message, sizeof message, 0) == sizeof message);
    return message;
  }
  OpenReply opened() { return next<OpenReply>(); }

 private:
  UniqueFd link_;
  std::thread thread_;
};

// A name server whose answers follow each other, the last one for ever.
Resolve answers(std::vector<std::vector<const char*>> turns, std::atomic<int>* asked = nullptr) {
  auto turn = std::make_shared<std::atomic<std::size_t>>(0);
  return [turns = std::move(turns), turn, asked](const std::string&, std::uint16_t port) {
    if (asked != nullptr) ++*asked;
    Resolution resolution;
    for (const char* text : turns[std::min(turn->fetch_add(1), turns.size() - 1)])
      resolution.addresses.push_back(address_on(text, port));
    return resolution;
  };
}

std::string read_some(int fd) {
  pollfd ready{fd, POLLIN, 0};
  REQUIRE(::poll(&ready, 1, kPatienceMs) > 0);
  char bytes[4096];
  const ssize_t count = ::recv(fd, bytes, sizeof bytes, 0);
  return count <= 0 ? "" : std::string(bytes, static_cast<std::size_t>(count));
}

std::string read_all(int fd) {
  std::string all;
  for (std::string piece = read_some(fd); !piece.empty(); piece = read_some(fd)) all += piece;
  return all;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    REQUIRE(count > 0);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

TEST_CASE("broker: bytes go both ways, an end of file goes on alone, and the end is reported with its counts") {
  const Listener listener;
  TestBroker broker(PrivateAddresses::kPermitted, answers({{"127.0.0.1"}}));
  UniqueFd function = broker.open(7, "db.example", listener.port, 1);
  const OpenReply reply = broker.opened();
  CHECK(reply.id == 7);
  REQUIRE(reply.outcome == OpenOutcome::kOpened);
  CHECK(std::string(reply.address.data()) == "127.0.0.1");
  UniqueFd remote = listener.accept();
  write_all(function.get(), "question");
  CHECK(read_some(remote.get()) == "question");
  ::shutdown(function.get(), SHUT_WR);
  CHECK(read_some(remote.get()).empty());
  write_all(remote.get(), "answer after the end of file");
  remote.reset();
  CHECK(read_all(function.get()) == "answer after the end of file");
  const auto report = broker.next<EndReport>();
  CHECK(report.id == 7);
  CHECK(report.sent == 8);
  CHECK(report.received == 28);
}

TEST_CASE("broker: a reader that does not read makes the writer wait, and loses nothing") {
  const Listener listener;
  TestBroker broker(PrivateAddresses::kPermitted, answers({{"127.0.0.1"}}));
  UniqueFd function = broker.open(1, "db.example", listener.port, 1);
  REQUIRE(broker.opened().outcome == OpenOutcome::kOpened);
  UniqueFd remote = listener.accept();
  constexpr std::size_t kSize = 32u << 20;
  std::thread writer([&] {
    write_all(function.get(), std::string(kSize, 'x'));
    function.reset();
  });
  std::this_thread::sleep_for(50ms);
  std::size_t seen = 0;
  for (std::string piece = read_some(remote.get()); !piece.empty(); piece = read_some(remote.get()))
    seen += piece.size();
  writer.join();
  CHECK(seen == kSize);
  CHECK(broker.next<EndReport>().sent == kSize);
}

TEST_CASE("broker: a function that is gone takes its connection along, though its server says nothing") {
  const Listener listener;
  TestBroker broker(PrivateAddresses::kPermitted, answers({{"127.0.0.1"}}));
  UniqueFd function = broker.open(1, "db.example", listener.port, 1);
  REQUIRE(broker.opened().outcome == OpenOutcome::kOpened);
  const UniqueFd remote = listener.accept();
  SUBCASE("at once") {}
  SUBCASE("after it had said that it sends no more") {
    ::shutdown(function.get(), SHUT_WR);
    CHECK(read_some(remote.get()).empty());
  }
  SUBCASE("with something unread") {
    write_all(remote.get(), "unread");
    std::this_thread::sleep_for(20ms);
  }
  function.reset();
  CHECK(broker.next<EndReport>().id == 1);
}

TEST_CASE("broker: an address that may not be reached is not connected to, whatever the name says") {
  const Listener listener;
  struct Row {
    const char* address;
    int is_private;
    PrivateAddresses permission;
    OpenOutcome outcome;
  };
  const Row rows[] = {
      {"127.0.0.1", 0, PrivateAddresses::kDenied, OpenOutcome::kForbidden},
      {"127.0.0.1", 0, PrivateAddresses::kPermitted, OpenOutcome::kForbidden},
      {"127.0.0.1", 1, PrivateAddresses::kDenied, OpenOutcome::kNotPermitted},
      {"127.0.0.1", 1, PrivateAddresses::kPermitted, OpenOutcome::kOpened},
      {"::ffff:127.0.0.1", 0, PrivateAddresses::kPermitted, OpenOutcome::kForbidden},
      {"::ffff:127.0.0.1", 1, PrivateAddresses::kPermitted, OpenOutcome::kForbidden},
      {"0.0.0.0", 1, PrivateAddresses::kPermitted, OpenOutcome::kForbidden},
      {"169.254.169.254", 0, PrivateAddresses::kDenied, OpenOutcome::kForbidden},
      {"169.254.169.254", 1, PrivateAddresses::kPermitted, OpenOutcome::kForbidden},
      {"10.0.0.1", 0, PrivateAddresses::kDenied, OpenOutcome::kForbidden},
      {"64:ff9b::7f00:1", 1, PrivateAddresses::kPermitted, OpenOutcome::kForbidden},
      {"2002:7f00:1::", 1, PrivateAddresses::kPermitted, OpenOutcome::kForbidden},
  };
  std::uint64_t id = 0;
  for (const Row& row : rows) {
    CAPTURE(row.address);
    CAPTURE(row.is_private);
    TestBroker broker(row.permission, answers({{row.address}}));
    const UniqueFd function = broker.open(++id, "db.example", listener.port, row.is_private);
    const OpenReply reply = broker.opened();
    CHECK(reply.outcome == row.outcome);
    CHECK(std::string(reply.address.data()) == row.address);
    if (row.outcome == OpenOutcome::kOpened) {
      CHECK(listener.accept());
    } else {
      CHECK(read_some(function.get()).empty());
    }
  }
  CHECK(!listener.has_caller(100));
}

TEST_CASE("broker: a literal address is judged like a name's, and the resolver is not asked") {
  const Listener listener;
  std::atomic<int> asked{0};
  TestBroker broker(PrivateAddresses::kDenied, answers({{"127.0.0.1"}}, &asked));
  const UniqueFd first = broker.open(1, "127.0.0.1", listener.port);
  CHECK(broker.opened().outcome == OpenOutcome::kForbidden);
  const UniqueFd second = broker.open(2, "169.254.169.254", 80, 1);
  const OpenReply reply = broker.opened();
  CHECK(reply.outcome == OpenOutcome::kNotPermitted);
  CHECK(std::string(reply.address.data()) == "169.254.169.254");
  CHECK(asked == 0);
}

TEST_CASE("broker: rebinding finds no second question to answer differently") {
  const Listener listener;  // of 127.0.0.1 only
  std::atomic<int> asked{0};
  // To whoever asks first an address that may be reached, where nobody listens; to whoever asks again another one.
  TestBroker broker(PrivateAddresses::kPermitted, answers({{"127.0.0.2"}, {"127.0.0.1"}}, &asked));
  const UniqueFd first = broker.open(1, "rebind.example", listener.port, 1);
  const OpenReply reply = broker.opened();
  CHECK(reply.outcome == OpenOutcome::kFailed);
  CHECK(std::string(reply.address.data()) == "127.0.0.2");
  CHECK(asked == 1);
  CHECK(!listener.has_caller(100));
}

TEST_CASE("broker: a name is judged anew for every connection") {
  const Listener listener;
  TestBroker broker(PrivateAddresses::kPermitted, answers({{"127.0.0.1"}, {"169.254.169.254"}}));
  const UniqueFd first = broker.open(1, "rebind.example", listener.port, 1);
  CHECK(broker.opened().outcome == OpenOutcome::kOpened);
  const UniqueFd second = broker.open(2, "rebind.example", listener.port, 1);
  CHECK(broker.opened().outcome == OpenOutcome::kForbidden);
}

TEST_CASE("broker: of several addresses those that may not be reached are passed over") {
  const Listener listener;
  TestBroker broker(PrivateAddresses::kPermitted, answers({{"169.254.169.254", "::ffff:10.0.0.1", "127.0.0.1"}}));
  const UniqueFd function = broker.open(1, "many.example", listener.port, 1);
  const OpenReply reply = broker.opened();
  CHECK(reply.outcome == OpenOutcome::kOpened);
  CHECK(std::string(reply.address.data()) == "127.0.0.1");
}

TEST_CASE("broker: who refuses, who has no address and who stays silent are told apart") {
  std::uint16_t closed_port = 0;
  { closed_port = Listener().port; }
  TestBroker refuses(PrivateAddresses::kPermitted, answers({{"127.0.0.1"}}));
  const UniqueFd first = refuses.open(1, "db.example", closed_port, 1);
  const OpenReply refused = refuses.opened();
  CHECK(refused.outcome == OpenOutcome::kFailed);
  CHECK(refused.error == ECONNREFUSED);

  TestBroker unknown(PrivateAddresses::kPermitted, [](const std::string&, std::uint16_t) {
    return Resolution{EAI_NONAME, {}};
  });
  const UniqueFd second = unknown.open(1, "db.example", 1, 1);
  const OpenReply unresolved = unknown.opened();
  CHECK(unresolved.outcome == OpenOutcome::kUnresolved);
  CHECK(unresolved.error == EAI_NONAME);

  TestBroker silent(PrivateAddresses::kPermitted, [](const std::string&, std::uint16_t) {
    std::this_thread::sleep_for(Connector::kOpenMax + 500ms);
    return Resolution{EAI_AGAIN, {}};
  });
  const UniqueFd third = silent.open(1, "db.example", 1, 1);
  CHECK(silent.opened().outcome == OpenOutcome::kTimedOut);
}

TEST_CASE("broker: a name that is slow to resolve holds so many threads and no more") {
  std::atomic<bool> slow{true};
  TestBroker broker(PrivateAddresses::kPermitted, [&](const std::string& host, std::uint16_t port) {
    while (host == "slow.example" && slow) std::this_thread::sleep_for(5ms);
    return Resolution{0, {address_on("127.0.0.1", port)}};
  });
  const Listener listener;
  std::vector<UniqueFd> functions;
  std::uint64_t id = 1;
  for (int i = 0; i < BrokerDesk::kLookupsMax; ++i)
    functions.push_back(broker.open(id++, "slow.example", listener.port, 1));
  functions.push_back(broker.open(id, "slow.example", listener.port, 1));
  const OpenReply refused = broker.opened();
  CHECK(refused.id == id++);
  CHECK(refused.outcome == OpenOutcome::kTooMany);
  slow = false;
  for (int i = 0; i < BrokerDesk::kLookupsMax; ++i) CHECK(broker.opened().outcome == OpenOutcome::kOpened);
  functions.push_back(broker.open(id, "slow.example", listener.port, 1));
  CHECK(broker.opened().outcome == OpenOutcome::kOpened);
}

TEST_CASE("broker: what is no request of the protocol is passed over") {
  TestBroker broker(PrivateAddresses::kPermitted, answers({{"127.0.0.1"}}));
  const Listener listener;
  UniqueFd function = broker.open(1, std::string(255, 'h'), listener.port, 1);
  CHECK(broker.opened().outcome == OpenOutcome::kOpened);
  // The same number twice would mix two functions up.
  const UniqueFd twin = broker.open(1, "db.example", listener.port, 1);
  CHECK(broker.opened().outcome == OpenOutcome::kTooMany);
}

}  // namespace sojourn
