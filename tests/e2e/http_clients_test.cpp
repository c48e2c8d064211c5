// Clients that mean no good, against a real server: slow ones, many, those that leave in the middle, and a server that
// has no descriptor left. Others are served meanwhile, memory stays flat, and nothing spins.
#include <arpa/inet.h>
#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/harness/footprint.h"
#include "tests/harness/raw_client.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

const std::string kHost = "Host: localhost\r\n";

struct Fixture {
  explicit Fixture(std::vector<std::string> launcher = {})
      : server({.arguments = {"--dev"}, .data = {}, .uid = {}, .program = {}, .launcher = std::move(launcher)}) {
    REQUIRE(server.deploy("probe", test_function("probe"), "?replyLimit=32MiB").status == 201);
    REQUIRE(server.get("/function/probe").status == 200);
    gateway = server.processes("__gateway").front();
    before = footprint(server);
  }
  bool serves() { return server.get("/function/probe").body == "probe\n"; }

  int connections() {
    const std::string metrics = server.get("/metrics").body;
    const std::size_t at = metrics.find("\nsojourn_http_connections ");
    return at == std::string::npos ? -1 : std::stoi(metrics.substr(at + 26));
  }
  // CPU time of the gateway over a second, as a share of one CPU.
  double cpu_share() const {
    const double begin = cpu_seconds(gateway);
    const auto started = std::chrono::steady_clock::now();
    sleep_for(1s);
    return (cpu_seconds(gateway) - begin) /
           std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }

  Server server;
  pid_t gateway = 0;
  Footprint before;
};

// Each process of the server may have so many descriptors.
constexpr int kFewDescriptors = 80;

struct FewDescriptors : Fixture {
  FewDescriptors()
      : Fixture({"prlimit", "--nofile=" + std::to_string(kFewDescriptors) + ":" + std::to_string(kFewDescriptors)}) {}
};

// A bare connection, of which a test may hold ten thousand.
class Held {
 public:
  explicit Held(int port, const char* bytes = "") : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int little = 16 * 1024;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (*bytes != '\0') [[maybe_unused]]
      const ssize_t sent = ::send(fd_, bytes, std::strlen(bytes), MSG_NOSIGNAL);
  }
  Held(Held&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  Held(const Held&) = delete;
  ~Held() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool connected() const { return connected_; }
  // What has come so far, without waiting.
  std::string heard() const {
    char bytes[4096];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
  }

 private:
  int fd_;
  bool connected_ = false;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "clients: heads and bodies that dribble and replies that nobody reads are ended, and cost little") {
  std::vector<RawClient> heads, bodies;
  std::vector<Held> readers;
  for (int i = 0; i < 40; ++i) {
    heads.emplace_back(server.port());
    heads.back().send("GET /function/probe HTTP/1.1\r\n");
    bodies.emplace_back(server.port());
    bodies.back().send("POST /function/probe/size HTTP/1.1\r\n" + kHost + "Content-Length: 100000\r\n\r\n");
  }
  for (int i = 0; i < 6; ++i) {
    readers.emplace_back(server.port(), "GET /function/probe/bytes?n=20000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  long most_kib = 0;
  for (int i = 0; i < 60; ++i) {
    for (RawClient& head : heads) head.send("x");
    for (RawClient& body : bodies) body.send("slow");
    most_kib = std::max(most_kib, footprint(server).gateway_memory_kib);
    if (i % 10 == 0) CHECK(serves());
    sleep_for(200ms);
  }
  for (std::vector<RawClient>* slow : {&heads, &bodies}) {
    for (RawClient& client : *slow) {
      const auto response = client.read_response(20s);
      REQUIRE(response.has_value());
      CHECK(response->status == 408);
    }
  }
  // 6 replies of 20 MB wait, and not much else.
  CHECK(most_kib - before.gateway_memory_kib < 250 * 1024);
  heads.clear();
  bodies.clear();
  // Those that do not read are closed although they hold on; what asks is a connection too.
  CHECK(eventually([&] { return connections() <= 1; }, 30s));
  CHECK(serves());
}

TEST_CASE_FIXTURE(Fixture,
                  "clients: of more than 10,000 connections the rest is turned away, and those before are served") {
  constexpr rlim_t kNeeded = 10'400;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  rlimit raised{std::max(limit.rlim_cur, kNeeded), std::max(limit.rlim_max, kNeeded)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) {
    MESSAGE("skipped by name: needs " << kNeeded << " descriptors");
    return;
  }
  RawClient first(server.port());
  REQUIRE(first.send("GET /function/probe HTTP/1.1\r\n" + kHost + "\r\n"));
  REQUIRE(first.read_response()->status == 200);
  std::vector<Held> crowd;
  int turned_away = 0;
  for (int i = 0; i < 10'100; ++i) {
    crowd.emplace_back(server.port());
    if (!crowd.back().connected()) break;
  }
  CHECK(crowd.size() == 10'100);
  // 128 of those beyond the limit hear why.
  const bool told = eventually(
      [&] {
        for (std::size_t i = 9'900; i < crowd.size(); ++i) {
          if (crowd[i].heard().find("more than 10000 connections, the limit") != std::string::npos) ++turned_away;
        }
        return turned_away >= 90;
      },
      10s);
  CHECK(told);
  CHECK(cpu_share() < 0.5);
  REQUIRE(first.send("GET /function/probe HTTP/1.1\r\n" + kHost + "\r\n"));
  const auto response = first.read_response();
  REQUIRE(response.has_value());
  CHECK(response->status == 200);
  const long per_connection = (footprint(server).gateway_memory_kib - before.gateway_memory_kib) / 10'000;
  CHECK(per_connection < 32);
  crowd.clear();
  CHECK(eventually([&] { return serves(); }, 10s));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

TEST_CASE_FIXTURE(FewDescriptors,
                  "clients: without descriptors the server sheds what comes, does not spin, and heals") {
  RawClient early(server.port());
  REQUIRE(early.send("GET /function/probe HTTP/1.1\r\n" + kHost + "\r\n"));
  REQUIRE(early.read_response()->status == 200);
  REQUIRE(server.deploy("fresh", test_function("probe"), "?isolation=fresh").status == 201);
  std::vector<Held> crowd;
  for (int i = 0; i < 3 * kFewDescriptors; ++i) crowd.emplace_back(server.port());
  CHECK(cpu_share() < 0.3);
  // Who came before is served, and told to come back where that needs a new process.
  REQUIRE(early.send("GET /function/probe HTTP/1.1\r\n" + kHost + "\r\n"));
  const auto warm = early.read_response();
  REQUIRE(warm.has_value());
  CHECK(warm->status == 200);
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(early.send("GET /function/fresh HTTP/1.1\r\n" + kHost + "\r\n"));
    const auto cold = early.read_response(15s);
    REQUIRE(cold.has_value());
    CHECK((cold->status == 200 || cold->status == 503));
    if (cold->status == 503 && cold->head.find("etry-") != std::string::npos) ++refused;
  }
  CHECK(refused > 0);
  CHECK(cpu_share() < 0.3);
  crowd.clear();
  CHECK(eventually([&] { return serves() && server.get("/function/fresh").status == 200; }, 15s));
  const std::string metrics = server.get("/metrics").body;
  CHECK(metrics.find("sojourn_http_turned_away_total{bound=\"descriptors\"}") != std::string::npos);
  CHECK(metrics.find("sojourn_http_turned_away_total{bound=\"descriptors\"} 0\n") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "clients: who resets in the middle of a reply, or of a body, leaves nothing behind") {
  for (int i = 0; i < 60; ++i) {
    RawClient reader(server.port());
    reader.send("GET /function/probe/bytes?n=5000000 HTTP/1.1\r\n" + kHost + "\r\n");
    RawClient writer(server.port());
    writer.send("POST /function/probe/size HTTP/1.1\r\n" + kHost + "Content-Length: 1000000\r\n\r\n" +
                std::string(100'000, 'b'));
    RawClient streamed(server.port());
    streamed.send("GET /function/probe/stream?pieces=1000&pause=1 HTTP/1.1\r\n" + kHost + "\r\n");
    sleep_for(5ms);
    reader.reset();
    writer.reset();
    streamed.reset();
  }
  CHECK(eventually([&] { return serves(); }, 10s));
  const bool let_go = eventually(
      [&] {
        const Footprint now = footprint(server);
        return now.gateway_descriptors <= before.gateway_descriptors + 40 &&
               now.gateway_memory_kib < before.gateway_memory_kib + 64 * 1024;
      },
      20s);
  CHECK_MESSAGE(let_go, "before: " << before.text() << "; after: " << footprint(server).text());
}

}  // namespace sojourn::test
