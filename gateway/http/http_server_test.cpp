#include "gateway/http/http_server.h"

#include <atomic>
#include <ctime>
#include <sys/resource.h>

#include "gateway/http/http_test_server.h"
#include "runtime/loop/tcp.h"

namespace sojourn::http_test {
namespace {

using namespace std::chrono_literals;

const std::string kGet = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

struct Never final : Responder {
  void on_request(Exchange&) override {}
};

}  // namespace

TEST_CASE("server: a descriptor that does not listen is refused") {
  Loop loop;
  struct Nobody final : Router {
    std::unique_ptr<Responder> route(Exchange&) override { return nullptr; }
  } router;
  HttpServer server(loop, router);
  const Status status = server.listen(UniqueFd(::socket(AF_INET, SOCK_STREAM, 0)));
  REQUIRE(!status.ok());
  CHECK(status.error().text().find("does not listen") != std::string::npos);
}

TEST_CASE("server: one address has no more than its share of connections") {
  HttpOptions options;
  options.limits.connections_per_address_max = 2;
  TestServer server(options);
  TestClient first(server);
  auto second = std::make_unique<TestClient>(server);
  REQUIRE(server.until([](const HttpStats& stats) { return stats.open == 2; }));
  TestClient third(server);
  const auto reply = third.read_reply();
  REQUIRE(reply.has_value());
  CHECK(reply->status == 429);
  CHECK(reply->body.find("more than 2 connections from this address") != std::string::npos);
  CHECK(reply->field("Retry-After") == "1");
  CHECK(server.stats().over_address == 1);
  third.drop();
  second.reset();
  REQUIRE(server.until([](const HttpStats& stats) { return stats.open == 1; }));
  TestClient fourth(server);
  fourth.send(kGet);
  CHECK(fourth.read_reply()->status == 200);
}

TEST_CASE("server: loops that share a quota count together") {
  HttpOptions options;
  options.limits.connections_max = 1;
  options.quota = std::make_shared<ConnectionQuota>();
  TestServer here(options);
  TestServer there(options);
  TestClient first(here);
  first.send(kGet);
  CHECK(first.read_reply()->status == 200);
  TestClient second(there);
  const auto reply = second.read_reply();
  REQUIRE(reply.has_value());
  CHECK(reply->status == 503);
  CHECK(reply->field("X-Sojourn-Error") == "no_capacity");
}

TEST_CASE("server: on loopback only its own names are answered") {
  HttpOptions options;
  options.host_check = HostCheck::kLoopbackOnly;
  TestServer server(options);
  const auto status_for = [&](const std::string& host) {
    TestClient client(server);
    client.send("GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.read_reply()->status;
  };
  for (const char* ours : {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8080"}) {
    CHECK(status_for(ours) == 200);
  }
  for (const char* foreign : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "[::2]", "",
                              "10.0.0.1", "[::1]evil", "localhost:80:80"}) {
    CAPTURE(std::string(foreign));
    CHECK(status_for(foreign) == 421);
  }
}

TEST_CASE("server: draining closes what is idle and answers what is asked") {
  std::atomic<Exchange*> asked{nullptr};
  struct Later final : Responder {
    explicit Later(std::atomic<Exchange*>& to) : place(to) {}
    void on_request(Exchange& exchange) override { place = &exchange; }
    std::atomic<Exchange*>& place;
  };
  TestServer server({}, [&](Exchange&) { return std::make_unique<Later>(asked); });
  TestClient idle(server);
  TestClient asking(server);
  TestClient half(server);
  half.send("GET /x HT");
  asking.send(kGet);
  REQUIRE(server.until([&](const HttpStats& stats) { return stats.open == 3 && asked != nullptr; }));
  std::atomic<bool> drained{false};
  server.on_loop([&] { server.server().drain(10s, [&] { drained = true; }); });
  CHECK(idle.read_all().empty());
  TestClient late(server);
  const auto refused = late.read_reply();
  CHECK(refused->status == 503);
  CHECK(refused->field("X-Sojourn-Error") == "draining");
  CHECK(refused->field("Retry-After") == "1");
  CHECK(late.ends_within(5s));
  late.drop();
  CHECK(!drained);
  server.on_loop([&] { asked.load()->reply(200, {}, "last"); });
  const auto reply = asking.read_reply();
  CHECK(reply->body == "last");
  CHECK(reply->field("Connection") == "close");
  CHECK(asking.ends_within(5s));
  asking.drop();
  asked = nullptr;
  half.send("TP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(server.until([&](const HttpStats&) { return asked != nullptr; }));
  server.on_loop([&] { asked.load()->reply(200, {}, "very last"); });
  CHECK(half.read_reply()->field("Connection") == "close");
  half.drop();
  idle.drop();
  CHECK(server.until([&](const HttpStats& stats) { return drained && stats.open == 0; }));
}

TEST_CASE("server: draining has patience, and then it has not") {
  TestServer server({}, [](Exchange&) { return std::make_unique<Never>(); });
  TestClient client(server);
  client.send(kGet);
  REQUIRE(server.until([](const HttpStats& stats) { return stats.requests == 1; }));
  std::atomic<bool> drained{false};
  server.on_loop([&] { server.server().drain(30ms, [&] { drained = true; }); });
  CHECK(server.until([&](const HttpStats&) { return drained.load(); }));
  CHECK(client.read_all().empty());
}

TEST_CASE("server: what it refuses is counted by code") {
  TestServer server;
  TestClient client(server);
  client.send("rubbish\r\n\r\n");
  CHECK(client.read_reply()->status == 400);
  const HttpStats stats = server.stats();
  CHECK(stats.refused_as(ErrorCode::kBadRequest) == 1);
  CHECK(stats.requests == 0);
}

TEST_CASE("server: without descriptors it sheds connections and does not spin") {
  TestServer server;
  TestClient before(server);
  before.send(kGet);
  REQUIRE(before.read_reply()->status == 200);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit normal{};
  ::getrlimit(RLIMIT_NOFILE, &normal);
  const rlimit tight{static_cast<rlim_t>(clients.back().get()) + 1, normal.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &tight);

  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server.port());
  for (const UniqueFd& client : clients) {
    CHECK(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(server.until([](const HttpStats& stats) { return stats.shed == 8; }));
  const std::clock_t cpu = std::clock();
  std::this_thread::sleep_for(200ms);
  CHECK(std::clock() - cpu < CLOCKS_PER_SEC / 20);
  before.send(kGet);
  CHECK(before.read_reply()->status == 200);
  ::setrlimit(RLIMIT_NOFILE, &normal);
  TestClient after(server);
  after.send(kGet);
  CHECK(after.read_reply()->status == 200);
}

TEST_CASE("server: when even its reserve descriptor is lost it pauses, and accepts again afterwards") {
  TestServer server;
  TestClient first(server);
  first.send(kGet);
  REQUIRE(first.read_reply()->status == 200);
  TestClient waiting(server, TestClient::Connect::kLater);
  rlimit normal{};
  ::getrlimit(RLIMIT_NOFILE, &normal);
  // Below every descriptor that is in use: what the server gives up it cannot have again.
  const rlimit none{3, normal.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  waiting.connect(server);
  waiting.send(kGet);
  std::this_thread::sleep_for(2 * TcpListener::kBackOff);
  const std::clock_t cpu = std::clock();
  std::this_thread::sleep_for(500ms);
  CHECK(std::clock() - cpu < CLOCKS_PER_SEC / 10);
  ::setrlimit(RLIMIT_NOFILE, &normal);
  const auto reply = waiting.read_reply();
  REQUIRE(reply.has_value());
  CHECK(reply->status == 200);
}

}  // namespace sojourn::http_test
