#include "gateway/gateway.h"

#include <arpa/inet.h>
#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "runtime/base/durable_file.h"
#include "runtime/base/unique_fd.h"

// The real gateway over real HTTP, with no warden behind it: everything but calls. Those are tested end to end.
namespace sojourn {
namespace {

struct Reply {
  int status = 0;
  std::string head;
  std::string body;

  std::string code() const { return nlohmann::json::parse(body).at("error").at("code"); }
  std::string message() const { return nlohmann::json::parse(body).at("error").at("message"); }
  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

class RunningGateway {
 public:
  struct Wish {
    bool dev = false;
    std::size_t workers = 1;
  };
  RunningGateway() : RunningGateway(Wish{}) {}
  explicit RunningGateway(Wish wish) : listening_(wish.workers) {
    char path[] = "/tmp/sojourn-gateway-XXXXXX";
    REQUIRE(::mkdtemp(path) != nullptr);
    options_.data_directory = path;
    options_.public_url = "http://localhost";
    options_.dev = wish.dev;
    options_.access_log_fd = -1;
    options_.log_level = LogLevel::kError;
    listen();
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    supervisor_.reset(ends[0]);
    gateway_end_.reset(ends[1]);
    options_.supervisor = gateway_end_.get();
    thread_ = std::thread([this] { exit_code_ = run_gateway(options_); });
    for (int i = 0; i < 500 && ask("GET", "/healthz").status != 200; ++i) ::usleep(10'000);
    token_ = read_file(options_.data_directory + "/admin.token", 200)->text;
    REQUIRE(token_.ends_with('\n'));
    token_.pop_back();
  }

  ~RunningGateway() {
    supervisor_.reset();
    thread_.join();
    CHECK(exit_code_ == 0);
    std::filesystem::remove_all(options_.data_directory);
  }

  Reply ask(std::string_view method, std::string_view target, std::string_view headers = {},
            std::string_view body = {}) {
    const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) return {};
    std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nConnection: close\r\n";
    if (headers.find("Host:") == std::string_view::npos) request += "Host: localhost\r\n";
    request += std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    if (::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
    std::string all;
    std::array<char, 16384> piece{};
    for (ssize_t size = 0; (size = ::recv(client.get(), piece.data(), piece.size(), 0)) > 0;) {
      all.append(piece.data(), static_cast<std::size_t>(size));
    }
    const std::size_t end = all.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    return {std::stoi(all.substr(9, 3)), all.substr(0, end), all.substr(end + 4)};
  }

  Reply api(std::string_view method, std::string_view path, std::string_view body = {}) {
    return api_as(token_, method, path, body);
  }
  Reply api_as(std::string_view token, std::string_view method, std::string_view path, std::string_view body = {}) {
    return ask(method, "/api/v1/" + std::string(path), "Authorization: Bearer " + std::string(token) + "\r\n", body);
  }

 private:
  // A socket for each worker, all at one port: the kernel spreads the connections.
  void listen() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    for (UniqueFd& listening : listening_) {
      listening.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const int on = 1;
      REQUIRE(::setsockopt(listening.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
      socklen_t size = sizeof address_;
      REQUIRE(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address_), size) == 0);
      REQUIRE(::listen(listening.get(), 64) == 0);
      REQUIRE(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address_), &size) == 0);
      options_.listening.push_back(listening.get());
    }
  }

  GatewayOptions options_;
  sockaddr_in address_{};
  std::vector<UniqueFd> listening_;
  UniqueFd supervisor_, gateway_end_;
  std::string token_;
  int exit_code_ = -1;
  std::thread thread_;
};

TEST_CASE("gateway: it lives before it is ready, and says what it waits for") {
  RunningGateway gateway;
  CHECK(gateway.ask("GET", "/healthz").body == "ok\n");
  const Reply ready = gateway.ask("GET", "/readyz");
  CHECK(ready.status == 503);
  CHECK(ready.code() == "no_capacity");
  CHECK(ready.head.find("retry-after: ") != std::string::npos);
  CHECK(gateway.ask("GET", "/openapi.yaml").body.starts_with("openapi: "));
}

TEST_CASE("gateway: what is not there, not yet there and not for this method is told apart") {
  RunningGateway gateway;
  CHECK(gateway.ask("GET", "/nowhere").code() == "route_not_found");
  CHECK(gateway.ask("GET", "/function/absent").code() == "function_not_found");
  CHECK(gateway.ask("POST", "/pipeline/p").code() == "not_available");
  CHECK(gateway.api("GET", "calls").code() == "not_available");
  CHECK(gateway.api("GET", "nothing").code() == "route_not_found");
  const Reply posted = gateway.api("POST", "functions/hello");
  CHECK(posted.status == 405);
  CHECK(posted.head.find("allow: GET, PUT, DELETE") != std::string::npos);
}

TEST_CASE("gateway: the API wants a token, and one with the scope") {
  RunningGateway gateway;
  const Reply without = gateway.ask("GET", "/api/v1/functions");
  CHECK(without.status == 401);
  CHECK(without.head.find("www-authenticate: Bearer") != std::string::npos);
  CHECK(gateway.api_as("nonsense", "GET", "functions").status == 401);
  const Reply made = gateway.api("POST", "tokens", R"({"name":"reader","scopes":["read"]})");
  REQUIRE(made.status == 201);
  const std::string token = made.json().at("token");
  CHECK(gateway.api_as(token, "GET", "functions").status == 200);
  CHECK(gateway.api_as(token, "DELETE", "functions/hello").code() == "forbidden");
  CHECK(gateway.api_as(token, "GET", "tokens").code() == "forbidden");
  CHECK(gateway.api("DELETE", "tokens/reader").status == 200);
  CHECK(gateway.api_as(token, "GET", "functions").status == 401);
}

TEST_CASE("gateway: a token that deploys sees what is deployed, and not what passed through the server") {
  RunningGateway gateway;
  const std::string token = gateway.api("POST", "tokens", R"({"name":"ci","scopes":["deploy"]})").json().at("token");
  for (const char* route : {"functions", "pipelines"}) CHECK(gateway.api_as(token, "GET", route).status == 200);
  CHECK(gateway.api_as(token, "GET", "manifests/shop").code() == "route_not_found");
  for (const char* route : {"events", "events/1", "runs", "dead-letters", "status", "history"}) {
    INFO(route);
    CHECK(gateway.api_as(token, "GET", route).code() == "forbidden");
  }
}

TEST_CASE("gateway: a token's text is never shown again") {
  RunningGateway gateway;
  const Reply made = gateway.api("POST", "tokens", R"({"name":"ci","scopes":["deploy:shop-*"]})");
  const std::string token = made.json().at("token");
  const Reply list = gateway.api("GET", "tokens");
  CHECK(list.json().at("items").size() == 2);
  CHECK(list.json().at("next").is_null());
  CHECK(list.body.find(token) == std::string::npos);
  const Reply first = gateway.api("GET", "tokens?limit=1");
  CHECK(first.json().at("next") == "admin");
  CHECK(gateway.api("GET", "tokens?limit=1&after=admin").json().at("items").at(0).at("name") == "ci");
}

TEST_CASE("gateway: bad bodies and parameters are refused with what would do") {
  RunningGateway gateway;
  CHECK(gateway.api("POST", "tokens", "not json").code() == "bad_request");
  CHECK(gateway.api("POST", "tokens", R"({"name":"ci","scopes":["write"]})").message().find("invoke") !=
        std::string::npos);
  CHECK(gateway.api("POST", "tokens", R"({"name":"admin","scopes":["read"]})").code() == "conflict");
  CHECK(gateway.api("POST", "tokens", std::string(100, '[') + std::string(100, ']')).message().find("64 levels") !=
        std::string::npos);
  CHECK(gateway.api("GET", "functions?limit=0").message().find("1 to 1000") != std::string::npos);
  CHECK(gateway.api("GET", "functions?limit=%zz").code() == "bad_request");
  CHECK(gateway.api("PUT", "functions/UPPER", "x").code() == "bad_request");
}

TEST_CASE("gateway: what is no shared object is refused, and nothing is deployed") {
  RunningGateway gateway;
  const Reply refused = gateway.api("PUT", "functions/hello", "just some text");
  CHECK(refused.status == 422);
  CHECK(refused.code() == "refused");
  CHECK(gateway.api("GET", "functions").json().at("items").empty());
  CHECK(gateway.api("GET", "functions/hello").code() == "function_not_found");
  CHECK(gateway.api("PUT", "functions/hello", "").code() == "bad_request");
}

TEST_CASE("gateway: an artifact has to be what its name says") {
  RunningGateway gateway;
  const std::string name = "artifacts/sha256:" + std::string(64, '0');
  CHECK(gateway.api("PUT", name, "other bytes").code() == "refused");
  CHECK(gateway.api("HEAD", name).status == 404);
  CHECK(gateway.api("PUT", "artifacts/sha256:12", "x").code() == "bad_request");
}

TEST_CASE("gateway: status says how the server is") {
  RunningGateway gateway;
  const auto status = gateway.api("GET", "status").json();
  CHECK(status.at("ready") == false);
  CHECK(status.at("mode") == "unknown");
  CHECK(status.at("functions") == 0);
  CHECK(status.at("workers") == 1);
  CHECK(status.at("dataFreeBytes") > 0);
}

TEST_CASE("gateway: the history begins empty of functions") {
  RunningGateway gateway;
  CHECK(gateway.api("GET", "history").status == 200);
  CHECK(gateway.api("GET", "functions/hello/history").code() == "function_not_found");
  CHECK(gateway.api("GET", "history?after=nothing").code() == "bad_request");
}

TEST_CASE("gateway: metrics need a token unless the server is for development") {
  {
    RunningGateway gateway;
    CHECK(gateway.ask("GET", "/metrics").status == 401);
  }
  RunningGateway gateway({.dev = true});
  const Reply metrics = gateway.ask("GET", "/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.body.find("sojourn_http_requests_total ") != std::string::npos);
  CHECK(metrics.body.find("# TYPE gateway_function_invocation_total counter") != std::string::npos);
}

TEST_CASE("gateway: whoever was told of a change finds it on every loop") {
  RunningGateway gateway({.workers = 2});
  const Reply made = gateway.api("POST", "tokens", R"({"name":"reader","scopes":["read"]})");
  const std::string token = made.json().at("token");
  for (int i = 0; i < 20; ++i) CHECK(gateway.api_as(token, "GET", "status").status == 200);
  REQUIRE(gateway.api("DELETE", "tokens/reader").status == 200);
  for (int i = 0; i < 20; ++i) CHECK(gateway.api_as(token, "GET", "status").status == 401);
}

TEST_CASE("gateway: on loopback another Host is misdirected") {
  RunningGateway gateway;
  CHECK(gateway.ask("GET", "/healthz", "Host: evil.example\r\n").status == 421);
}

TEST_CASE("gateway: an item that nobody takes from its queue yet is durable, and shows in status and metrics") {
  RunningGateway gateway({.dev = true, .workers = 2});
  const Reply taken = gateway.ask("POST", "/queues/mail", "", "hello");
  CAPTURE(taken.body);
  REQUIRE(taken.status == 202);
  CHECK(taken.json().at("accepted").at(0).at("run").is_string());
  const auto journal = gateway.api("GET", "status").json().at("journal");
  CHECK(journal.at("open") == true);
  CHECK(journal.at("openJobs") == 1);
  const std::string metrics = gateway.ask("GET", "/metrics").body;
  CHECK(metrics.find("sojourn_events_accepted_total{how=\"queues\"} 1\n") != std::string::npos);
  CHECK(metrics.find("sojourn_journal_up 1\n") != std::string::npos);
  CHECK(gateway.ask("POST", "/async-function/nobody").code() == "function_not_found");
  CHECK(gateway.api("GET", "runs?state=running").json().at("items").empty());
  const auto waiting = gateway.api("GET", "runs?state=waiting").json().at("items");
  REQUIRE(waiting.size() == 1);
  CHECK(waiting.at(0).at("state") == "waiting");
  const auto event = gateway.api("GET", "events/1").json();
  CHECK(event.at("runs").at(0).at("state") == "waiting");
}

}  // namespace
}  // namespace sojourn
