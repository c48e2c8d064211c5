// Functions that connect out: to a real TCP server of the loopback, where the server permits that.
#include <arpa/inet.h>
#include <atomic>
#include <doctest/doctest.h>
#include <filesystem>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/harness/server.h"

namespace sojourn::test {
namespace {

using namespace std::chrono_literals;

// Answers each connection with `got: ` and what it said, when it has said it all; and counts them.
class TcpServer {
 public:
  TcpServer() {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening_, 64) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~TcpServer() {
    stopping_ = true;
    accepting_.join();
    for (std::thread& thread : serving_) thread.join();
    ::close(listening_);
  }
  std::string port() const { return std::to_string(port_); }
  int accepted() const { return accepted_; }
  int open() const { return open_; }

 private:
  void accept_all() {
    while (!stopping_) {
      pollfd ready{listening_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++accepted_;
      ++open_;
      serving_.emplace_back([this, fd] { serve(fd); });
    }
  }
  void serve(int fd) {
    std::string said;
    while (!stopping_) {
      pollfd ready{fd, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      char bytes[4096];
      const ssize_t count = ::recv(fd, bytes, sizeof bytes, 0);
      if (count <= 0) break;
      said.append(bytes, static_cast<std::size_t>(count));
    }
    said = "got: " + said;
    ::send(fd, said.data(), said.size(), MSG_NOSIGNAL);
    ::close(fd);
    --open_;
  }

  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> accepted_{0};
  std::atomic<int> open_{0};
  std::thread accepting_;
  std::vector<std::thread> serving_;
};

ServerOptions with(std::vector<std::string> arguments, std::optional<std::filesystem::path> data = {}) {
  ServerOptions options;
  options.arguments = std::move(arguments);
  options.data = std::move(data);
  return options;
}

ServerOptions permissive() {
  return with({"--dev"});
}

std::string to(const std::string& url, bool is_private) {
  return "connect.db.url=" + url + (is_private ? "&connect.db.private=true" : "");
}

void deploy(Server& server, const std::string& query) {
  const Reply reply = server.deploy("connecting", test_function("connecting"), "?" + query);
  REQUIRE_MESSAGE(reply.status == 201, reply.body);
}

std::string ask(Server& server, const std::string& path) {
  return server.get("/function/connecting" + path).body;
}

// Nothing came; or what closed the connection was quicker than the function's first word.
bool is_closed(const std::string& answer) {
  return answer.empty() || answer == "send: EPIPE";
}

bool logged(Server& server, const std::string& words) {
  return eventually(
      [&] { return server.api("GET", "/functions/connecting/logs").body.find(words) != std::string::npos; }, 5s);
}

pid_t broker_of(const Server& server) {
  const std::vector<pid_t> found = server.processes("__broker");
  return found.size() == 1 ? found.front() : -1;
}

}  // namespace

TEST_CASE("connect: context.connect and /fn/connect/NAME lead to what the manifest names") {
  const TcpServer remote;
  Server server(permissive());
  deploy(server, to("tcp://127.0.0.1:" + remote.port(), true));
  CHECK(ask(server, "/call?text=one") == "got: one");
  CHECK(ask(server, "/path?text=two") == "got: two");
  CHECK(ask(server, "/call?text=three") == "got: three");
  CHECK(remote.accepted() == 3);
  CHECK(ask(server, "/call?name=other") == "refused -2: connect other: this function's manifest does not allow it");
  CHECK(ask(server, "/path?name=other") == "ENOENT");
  CHECK(remote.accepted() == 3);
  CHECK(eventually(
      [&] {
        const std::string metrics = server.get("/metrics").body;
        return metrics.find("sojourn_connections_total{function_name=\"connecting\"} 3") != std::string::npos &&
               metrics.find("sojourn_connections_failed_total{function_name=\"connecting\"} 1") != std::string::npos &&
               metrics.find("sojourn_connections_sent_bytes_total{function_name=\"connecting\"} 11") !=
                   std::string::npos;
      },
      20s));
}

TEST_CASE("connect: it is the same for a server of an ordinary user") {
  const TcpServer remote;
  ServerOptions options = permissive();
  if (::geteuid() == 0) options.uid = 65534;
  Server server(std::move(options));
  deploy(server, to("tcp://127.0.0.1:" + remote.port(), true));
  CHECK(ask(server, "/call?text=one") == "got: one");
  CHECK(ask(server, "/path?text=two") == "got: two");
}

TEST_CASE("connect: what the doors were made of goes with the function") {
  Server server(permissive());
  const auto stems = server.data() / "stems";
  const auto with_doors = [&] {
    std::size_t count = 0;
    for (const auto& stem : std::filesystem::directory_iterator(stems)) count += exists(stem.path() / "connect");
    return count;
  };
  deploy(server, "connect.db=tcp://db.example.com:5432&connect.cache=tcp://cache.example.com:6379");
  CHECK(with_doors() == 1);
  REQUIRE(server.api("DELETE", "/functions/connecting").status == 200);
  CHECK(eventually([&] { return with_doors() == 0; }, 20s));
}

TEST_CASE("connect: START may connect, and an instance that goes takes its connections along") {
  const TcpServer remote;
  Server server(permissive());
  deploy(server, to("tcp://127.0.0.1:" + remote.port(), true) + "&env.AT_START=1&instances.max=1");
  CHECK(ask(server, "/start?text=early") == "got: early");
  CHECK(ask(server, "/hold") == "held");
  CHECK(eventually([&] { return remote.open() == 1; }, 10s));
  REQUIRE(server.api("DELETE", "/functions/connecting").status == 200);
  CHECK(eventually([&] { return remote.open() == 0; }, 20s));
}

TEST_CASE("connect: without the server's permission a private address stays out of reach, and the log says why") {
  const TcpServer remote;
  TemporaryDirectory directory;
  const std::string url = "tcp://127.0.0.1:" + remote.port();
  {
    Server server(with({"--allow-private"}, directory.path() / "data"));
    const Reply unmarked = server.deploy("connecting", test_function("connecting"), "?" + to(url, false));
    CHECK(unmarked.status == 422);
    CHECK(unmarked.body.find("which is a loopback address: it needs `private: true`") != std::string::npos);
    deploy(server, "access=open&" + to(url, true));
    CHECK(ask(server, "/call?text=one") == "got: one");
    REQUIRE(server.stop().status == 0);
  }
  // What was deployed with the permission does not keep it.
  Server server(with({}, directory.path() / "data"));
  CHECK(ask(server, "/call") == "refused -12: connect db: it leads to an address that functions may not reach");
  CHECK(is_closed(ask(server, "/path")));
  CHECK(logged(server,
               "127.0.0.1 is a loopback address: this server permits that only when it is started with "
               "--allow-private or --dev"));
  const Reply refused = server.deploy("another", test_function("connecting"), "?" + to(url, true));
  CHECK(refused.status == 422);
  CHECK(refused.body.find("functions.another.connect.db: is private") != std::string::npos);
  CHECK(remote.accepted() == 1);
}

TEST_CASE("connect: an address in disguise is refused at the deploy") {
  Server server(permissive());
  for (const char* host : {"%5B::ffff:127.0.0.1%5D", "%5B64:ff9b::7f00:1%5D", "%5B2002:7f00:1::%5D", "0.0.0.0",
                           "2130706433", "0x7f.1", "%5B::%5D", "224.0.0.1", "255.255.255.255"}) {
    CAPTURE(std::string(host));
    const std::string url = "tcp://" + std::string(host) + ":80";
    CHECK(server.deploy("disguised", test_function("connecting"), "?" + to(url, true)).status == 422);
  }
}

TEST_CASE("connect: who refuses and who has no name are told apart, and logged with name and address") {
  std::string closed_port;
  { closed_port = TcpServer().port(); }
  Server server(permissive());
  deploy(server, to("tcp://127.0.0.1:" + closed_port, true) + "&connect.nowhere=tcp://nowhere.invalid:80");
  CHECK(ask(server, "/call") == "refused -13: connect db: nobody could be reached there");
  CHECK(logged(server, "connect db (127.0.0.1 port " + closed_port + "): 127.0.0.1: Connection refused"));
  CHECK(ask(server, "/call?name=nowhere") == "refused -13: connect nowhere: nobody could be reached there");
  CHECK(logged(server, "connect nowhere (nowhere.invalid port 80): the name was not resolved"));
}

TEST_CASE("connect: a function without it has no sockets at all") {
  Server server(permissive());
  deploy(server, "timeout=5s");
  CHECK(ask(server, "/call") == "refused -2: connect db: this function's manifest does not allow it");
  CHECK(ask(server, "/path") == "EPERM");
}

TEST_CASE("connect: a broker that is killed comes back, and nothing else is disturbed") {
  const TcpServer remote;
  Server server(permissive());
  deploy(server, to("tcp://127.0.0.1:" + remote.port(), true));
  REQUIRE(server.deploy("hello", example("hello")).status == 201);
  CHECK(ask(server, "/call?text=before") == "got: before");
  const std::vector<pid_t> gateways = server.processes("__gateway");
  const std::vector<pid_t> wardens = server.processes("__warden");
  for (int round = 0; round < 3; ++round) {
    REQUIRE(eventually([&] { return broker_of(server) > 0; }, 20s));
    const pid_t broker = broker_of(server);
    ::kill(broker, SIGKILL);
    CHECK(server.get("/function/hello").body == "hello, world\n");
    CHECK(eventually([&] { return ask(server, "/call?text=after") == "got: after"; }, 30s));
    CHECK(broker_of(server) != broker);
  }
  CHECK(server.processes("__gateway") == gateways);
  CHECK(server.processes("__warden") == wardens);
}

TEST_CASE("connect: functions connect again after a gateway, and after a warden, was killed") {
  const TcpServer remote;
  Server server(permissive());
  deploy(server, to("tcp://127.0.0.1:" + remote.port(), true));
  for (const char* role : {"__gateway", "__warden"}) {
    CAPTURE(std::string(role));
    ::kill(server.processes(role).front(), SIGKILL);
    CHECK(eventually([&] { return ask(server, "/path?text=after") == "got: after"; }, 30s));
    CHECK(eventually([&] { return server.processes("__broker").size() == 1; }, 20s));
  }
}

TEST_CASE("connect: validate and describe show it, and a bad URL has its place") {
  Server server(permissive());
  TemporaryDirectory directory;
  std::filesystem::copy_file(test_function("connecting"), directory.path() / "connecting.so");
  const auto manifest = directory.path() / "sojourn.yaml";
  const std::string head =
      "sojourn: 1\nname: shop\nfunctions:\n  connecting:\n    artifact: connecting.so\n    connect:\n";
  write_file(manifest, head + "      db: \"http://db.example.com\"\n");
  const Finished bad = server.cli({"validate", manifest});
  CHECK(bad.status == 1);
  CHECK(bad.errors.find("sojourn.yaml:7:12: functions.connecting.connect.db: is `http://db.example.com`; expected is "
                        "tcp://HOST:PORT") != std::string::npos);
  CHECK(server.cli({"apply", "-f", manifest}).status == 1);
  write_file(manifest, head + "      db: \"tcp://db.example.com:5432\"\n");
  CHECK(server.cli({"validate", manifest}).status == 0);
  REQUIRE(server.cli({"apply", "-f", manifest}).status == 0);
  const Finished described = server.cli({"describe", "connecting"});
  CAPTURE(described.output);
  CHECK(described.output.find("tcp://db.example.com:5432") != std::string::npos);
}

TEST_CASE("connect: what a connection leads to cannot be changed from inside") {
  const TcpServer remote;
  Server server(permissive());
  REQUIRE(server.deploy("escape", hostile_act("escape_connection"), "?" + to("tcp://127.0.0.1:" + remote.port(), true))
              .status == 201);
  CHECK(server.get("/function/escape").body == "held");
}

}  // namespace sojourn::test
