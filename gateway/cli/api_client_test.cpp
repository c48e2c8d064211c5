#include "gateway/cli/api_client.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "runtime/base/unique_fd.h"

namespace sojourn::cli {
namespace {

// A server that answers each connection with the next of its replies, and keeps what it was sent.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> replies) : replies_(std::move(replies)) {
    listening_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening_.get(), 8) == 0);
    socklen_t length = sizeof address;
    ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() { finish(); }

  const std::string& url() const { return url_; }
  const std::string& received() {
    finish();
    return received_;
  }

 private:
  void serve() {
    for (const std::string& reply : replies_) {
      const UniqueFd client(::accept(listening_.get(), nullptr, nullptr));
      if (!client) return;
      char piece[4096];
      const ssize_t length = ::read(client.get(), piece, sizeof piece);
      if (length > 0) received_.append(piece, static_cast<std::size_t>(length));
      [[maybe_unused]] const ssize_t sent = ::write(client.get(), reply.data(), reply.size());
    }
  }
  void finish() {
    if (!thread_.joinable()) return;
    ::shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
  }

  std::vector<std::string> replies_;
  UniqueFd listening_;
  std::string url_;
  std::string received_;
  std::thread thread_;
};

std::string reply(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("api client: the token goes into the Authorization field and the path is sent as it is") {
  ScriptedServer server({reply("200 OK", "{}")});
  ApiRequest request;
  request.path = "/function/hello/a/../b?x=1";
  REQUIRE(ApiClient({server.url(), "sjt_x"}).send(request).ok());
  CHECK(server.received().starts_with("GET /function/hello/a/../b?x=1 HTTP/1.1\r\n"));
  CHECK(server.received().find("Authorization: Bearer sjt_x\r\n") != std::string::npos);
}

TEST_CASE("api client: the server's own words come out of an error reply") {
  ScriptedServer server({reply("422 Refused", R"({"error": {"code": "refused", "message": "elf: no note"}})")});
  const Result<nlohmann::json> answer = ApiClient({server.url(), ""}).call({});
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().text() == "elf: no note");
}

TEST_CASE("api client: an error reply of any shape is an error with its status") {
  for (const char* body : {"", "no JSON", "[]", R"({"error": 7})"}) {
    INFO(body);
    ScriptedServer server({reply("502 Bad", body)});
    const Result<nlohmann::json> answer = ApiClient({server.url(), ""}).call({});
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().text().find("502") != std::string::npos);
  }
}

TEST_CASE("api client: all pages of a list are gathered") {
  ScriptedServer server(
      {reply("200 OK", R"({"items": [1, 2], "next": "b b"})"), reply("200 OK", R"({"items": [3], "next": null})")});
  const Result<nlohmann::json> all = ApiClient({server.url(), ""}).list("/api/v1/functions");
  REQUIRE(all.ok());
  CHECK((*all)["items"] == nlohmann::json({1, 2, 3}));
  CHECK(server.received().find("after=b%20b") != std::string::npos);
}

TEST_CASE("api client: a server that is not there is named, with what to do") {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url();
  }
  const Result<ApiReply> answer = ApiClient({url, ""}).send({});
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().text().find(url) != std::string::npos);
  CHECK(answer.error().text().find("--server") != std::string::npos);
}

TEST_CASE("api client: only unreserved characters stay as they are") {
  CHECK(encode("aZ9-._~") == "aZ9-._~");
  CHECK(encode("a b/ü&") == "a%20b%2F%C3%BC%26");
}

}  // namespace sojourn::cli
