#include "runtime/outgoing/http_client.h"

#include <atomic>
#include <cstring>
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <mutex>
#include <netdb.h>
#include <stdlib.h>
#include <thread>

#include "tests/harness/process.h"
#include "tests/harness/raw_server.h"

namespace {

using Lookup = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

std::atomic<int> lookups_of_slow{0};

int lookup(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  static const auto real = reinterpret_cast<Lookup>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, result);
}

}  // namespace

// The names that these tests need stand in no zone: what libcurl's threads ask is answered here.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  const std::string_view name = node == nullptr ? "" : node;
  if (name == "slow.test") {
    ++lookups_of_slow;
    std::this_thread::sleep_for(std::chrono::seconds(3));
    return EAI_NONAME;
  }
  if (name == "nowhere.test") return EAI_NONAME;
  if (name == "here.test") return lookup("127.0.0.1", service, hints, result);
  if (name == "metadata.test") return lookup("169.254.169.254", service, hints, result);
  if (name == "office.test") return lookup("10.20.30.40", service, hints, result);
  if (name == "both.test") {
    const int failed = lookup("169.254.169.254", service, hints, result);
    return failed != 0 ? failed : lookup("127.0.0.1", service, hints, &(*result)->ai_next);
  }
  return lookup(node, service, hints, result);
}

namespace sojourn {
namespace {

using namespace std::chrono_literals;
using test::RawServer;
using Private = HttpClient::PrivateAddresses;

OutgoingRequest request_to(std::string url, std::string body = "hello") {
  OutgoingRequest request;
  request.url = std::move(url);
  request.body = std::move(body);
  request.timeout = 20s;
  request.is_private = true;
  return request;
}

// A client on a loop of its own that runs until what was sent has come back.
struct Outside {
  explicit Outside(Private addresses = Private::kPermitted, std::string trusted = {})
      : client(std::make_unique<HttpClient>(loop, addresses, std::move(trusted))), patience(loop) {}

  std::uint64_t send(OutgoingRequest request) {
    ++expected;
    return client->send(std::move(request), [this](Result<OutgoingReply> result) { take(std::move(result)); });
  }
  void take(Result<OutgoingReply> result) {
    results.push_back(std::move(result));
    if (results.size() == expected) loop.stop();
  }
  void run(std::chrono::milliseconds most = 60s) {
    patience.start(most, [this] { loop.stop(); });
    loop.run();
  }
  Result<OutgoingReply> one(OutgoingRequest request) {
    send(std::move(request));
    run();
    if (results.size() != expected) return Error(ErrorCode::kInternal, "nothing came");
    return std::move(results.back());
  }

  Loop loop;
  std::unique_ptr<HttpClient> client;
  Timer patience;
  std::size_t expected = 0;
  std::vector<Result<OutgoingReply>> results;
};

std::string head_of(const OutgoingReply& reply, std::string_view name) {
  for (const auto& [one, value] : reply.headers) {
    if (one == name) return value;
  }
  return {};
}

void say_ok(RawServer::Conversation& peer) {
  peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
}

}  // namespace

TEST_CASE("http client: what is sent is what was asked for, and the reply comes back") {
  RawServer server(RawServer::answering(202, "taken"));
  Outside outside;
  OutgoingRequest request = request_to(server.url("/a?b=c"), std::string("bytes \0 and\r\n\r\nmore", 18));
  request.headers = {{"content-type", "text/x-odd"}, {"x-empty", ""}, {"ce-id", "7"}};
  const auto reply = outside.one(request);
  REQUIRE(reply.ok());
  CHECK(reply->status == 202);
  CHECK(reply->body == "taken");
  CHECK(head_of(*reply, "content-length") == "5");
  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  const std::string& sent = requests[0];
  CHECK(sent.starts_with("POST /a?b=c HTTP/1.1\r\n"));
  for (const char* line : {"content-type: text/x-odd\r\n", "x-empty:", "ce-id: 7\r\n", "Content-Length: 18\r\n",
                           "User-Agent: Sojourn\r\n"}) {
    CAPTURE(line);
    CHECK(sent.find(line) != std::string::npos);
  }
  CHECK(sent.find("Expect") == std::string::npos);
  CHECK(sent.find("x-www-form-urlencoded") == std::string::npos);
  CHECK(sent.ends_with(std::string("bytes \0 and\r\n\r\nmore", 18)));
}

TEST_CASE("http client: each method is sent with its body, and HEAD without") {
  RawServer server(RawServer::answering(200, ""));
  for (const char* method : {"GET", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    Outside outside;
    OutgoingRequest request = request_to(server.url(), "body");
    request.method = method;
    CHECK(outside.one(request).ok());
    const std::string sent = server.requests().back();
    CHECK(sent.starts_with(method));
    CHECK(sent.ends_with("\r\n\r\nbody"));
  }
  Outside outside;
  OutgoingRequest request = request_to(server.url(), "");
  request.method = "HEAD";
  CHECK(outside.one(request).ok());
  CHECK(server.requests().back().starts_with("HEAD / "));
}

TEST_CASE("http client: a connection is used again") {
  RawServer server(RawServer::answering(200, "ok"));
  Outside outside;
  for (int i = 0; i < 5; ++i) CHECK(outside.one(request_to(server.url())).ok());
  CHECK(server.connections() == 1);
}

TEST_CASE("http client: a chunked reply comes whole, and its trailers are dropped") {
  RawServer server([](RawServer::Conversation& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 103 Early Hints\r\nx-hint: 1\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nX-Name:  value \r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
    peer.send("2\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n");
    peer.wait_for_end();
  });
  Outside outside;
  const auto reply = outside.one(request_to(server.url()));
  REQUIRE(reply.ok());
  CHECK(reply->status == 200);
  CHECK(reply->body == "abcde");
  CHECK(head_of(*reply, "x-name") == "value");
  CHECK(head_of(*reply, "x-hint").empty());
  CHECK(head_of(*reply, "x-trailer").empty());
}

TEST_CASE("http client: of an endless reply the beginning is kept") {
  RawServer server([](RawServer::Conversation& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (!peer.stopping() && peer.send(std::string(100'000, 'x'))) {
    }
  });
  Outside outside;
  const auto reply = outside.one(request_to(server.url()));
  REQUIRE(reply.ok());
  CHECK(reply->status == 200);
  CHECK(reply->is_cut);
  CHECK(reply->body.size() == HttpClient::kReplyKeptMax);
}

TEST_CASE("http client: a body of exactly the bound is not cut") {
  RawServer server(RawServer::answering(200, std::string(HttpClient::kReplyKeptMax, 'x')));
  Outside outside;
  const auto reply = outside.one(request_to(server.url()));
  REQUIRE(reply.ok());
  CHECK(!reply->is_cut);
  CHECK(reply->body.size() == HttpClient::kReplyKeptMax);
}

TEST_CASE("http client: a head that does not end is refused by its bound") {
  RawServer server([](RawServer::Conversation& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n");
    while (!peer.stopping() && peer.send("x-more: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  Outside outside;
  const auto reply = outside.one(request_to(server.url()));
  REQUIRE(!reply.ok());
  CHECK(reply.error().code() == ErrorCode::kUnreached);
  CHECK(reply.error().text().find("65536") != std::string::npos);
}

TEST_CASE("http client: a redirect is a reply and is not followed") {
  RawServer inner(RawServer::answering(200, "secret"));
  RawServer server([&](RawServer::Conversation& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 302 Found\r\nlocation: " + inner.url() + "\r\ncontent-length: 0\r\n\r\n");
    peer.wait_for_end();
  });
  Outside outside;
  const auto reply = outside.one(request_to(server.url()));
  REQUIRE(reply.ok());
  CHECK(reply->status == 302);
  CHECK(inner.requests().empty());
}

TEST_CASE("http client: no proxy and no cookie of anybody is used") {
  RawServer proxy(RawServer::answering(200, "proxy"));
  RawServer server([&](RawServer::Conversation& peer) {
    while (!peer.read_request().empty()) {
      peer.send("HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 2\r\n\r\nok");
    }
  });
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  ::setenv("all_proxy", proxy.url().c_str(), 1);
  Outside outside;
  for (int i = 0; i < 2; ++i) CHECK(outside.one(request_to(server.url()))->body == "ok");
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  CHECK(proxy.connections() == 0);
  CHECK(server.requests().size() == 2);
  for (const std::string& request : server.requests()) CHECK(request.find("ookie") == std::string::npos);
}

TEST_CASE("http client: a server that is silent, slow or drips is given up at the deadline") {
  const RawServer::Script scripts[] = {
      [](RawServer::Conversation& peer) { peer.wait_for_end(); },
      [](RawServer::Conversation& peer) {
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
        while (!peer.stopping() && peer.send("x")) std::this_thread::sleep_for(20ms);
      },
  };
  const char* words[] = {"did not begin to reply", "its reply did not end"};
  for (int i = 0; i < 2; ++i) {
    RawServer server(scripts[i]);
    Outside outside;
    OutgoingRequest request = request_to(server.url());
    request.timeout = 300ms;
    const auto reply = outside.one(request);
    REQUIRE(!reply.ok());
    CHECK(reply.error().code() == ErrorCode::kDeadline);
    CHECK(reply.error().text().find("300ms") != std::string::npos);
    CHECK_MESSAGE(reply.error().text().find(words[i]) != std::string::npos, reply.error().text());
  }
}

TEST_CASE("http client: a connection that closes early or is reset is no reply") {
  const RawServer::Script scripts[] = {
      [](RawServer::Conversation& peer) { peer.read_request(); },
      [](RawServer::Conversation& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
      },
      [](RawServer::Conversation& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhal");
      },
      [](RawServer::Conversation& peer) {
        peer.read_request();
        peer.reset();
      },
      [](RawServer::Conversation& peer) {
        peer.read_request();
        peer.send("220 mail.example.com ESMTP\r\n");
      },
  };
  for (const auto& script : scripts) {
    RawServer server(script);
    Outside outside;
    const auto reply = outside.one(request_to(server.url("/hooks/SECRET")));
    REQUIRE(!reply.ok());
    CHECK(reply.error().code() == ErrorCode::kUnreached);
    CHECK(reply.error().text().starts_with("http://127.0.0.1:"));
    CHECK(reply.error().text().find("SECRET") == std::string::npos);
  }
}

TEST_CASE("http client: a refused connection and an unknown name say so") {
  int port = 0;
  {
    port = RawServer([](RawServer::Conversation&) {}).port();
  }
  Outside outside;
  const auto closed = outside.one(request_to("http://127.0.0.1:" + std::to_string(port) + "/"));
  REQUIRE(!closed.ok());
  CHECK(closed.error().code() == ErrorCode::kUnreached);
  const auto unknown = outside.one(request_to("http://nowhere.test/"));
  REQUIRE(!unknown.ok());
  CHECK(unknown.error().code() == ErrorCode::kUnreached);
  CHECK(unknown.error().text().find("nowhere.test") != std::string::npos);
}

TEST_CASE("http client: private addresses are reached only by a private request on a server that permits it") {
  RawServer server(RawServer::answering(200, "ok"));
  const std::string by_name = "http://here.test:" + std::to_string(server.port()) + "/";
  for (const std::string& url : {server.url(), by_name}) {
    for (const bool is_private : {false, true}) {
      for (const Private addresses : {Private::kRefused, Private::kPermitted}) {
        Outside outside(addresses);
        OutgoingRequest request = request_to(url);
        request.is_private = is_private;
        const auto reply = outside.one(request);
        const bool may = is_private && addresses == Private::kPermitted;
        CHECK(reply.ok() == may);
        if (may || reply.ok()) continue;
        CHECK(reply.error().code() == ErrorCode::kForbidden);
        CHECK(reply.error().text().find("127.0.0.1 is a loopback address") != std::string::npos);
        const char* const wanted = is_private ? "`serve --allow-private`" : "`private: true`";
        CHECK(reply.error().text().find(wanted) != std::string::npos);
      }
    }
  }
  CHECK(server.connections() == 2);
}

TEST_CASE("http client: addresses of metadata services and of odd spelling are never reached") {
  for (const char* url : {"http://metadata.test/", "http://169.254.169.254/", "http://[fd00:ec2::254]/",
                          "http://100.100.100.200/", "http://168.63.129.16/", "http://[::ffff:127.0.0.1]/",
                          "http://0.0.0.0/", "http://[fe80::1]/", "http://2852039166/", "http://0xA9FEA9FE/"}) {
    CAPTURE(url);
    Outside outside;
    const auto reply = outside.one(request_to(url));
    REQUIRE(!reply.ok());
    CHECK(reply.error().code() == ErrorCode::kForbidden);
  }
  for (const char* url : {"http://office.test/", "http://2130706433/", "http://127.1/", "http://localhost/"}) {
    CAPTURE(url);
    Outside outside(Private::kRefused);
    const auto reply = outside.one(request_to(url));
    REQUIRE(!reply.ok());
    CHECK(reply.error().code() == ErrorCode::kForbidden);
  }
}

TEST_CASE("http client: of a name with a good and a forbidden address the good one is reached") {
  RawServer server(RawServer::answering(200, "ok"));
  Outside outside;
  const auto reply = outside.one(request_to("http://both.test:" + std::to_string(server.port()) + "/"));
  REQUIRE(reply.ok());
  CHECK(reply->body == "ok");
}

TEST_CASE("http client: a kept connection of a private request carries no other") {
  RawServer server(RawServer::answering(200, "ok"));
  Outside outside;
  CHECK(outside.one(request_to(server.url())).ok());
  OutgoingRequest request = request_to(server.url());
  request.is_private = false;
  const auto reply = outside.one(request);
  REQUIRE(!reply.ok());
  CHECK(reply.error().code() == ErrorCode::kForbidden);
}

TEST_CASE("http client: while a name is looked up the loop goes on, and a request that ends does not wait for it") {
  Outside outside;
  int turns = 0;
  Timer ticking(outside.loop);
  ticking.repeat(10ms, [&] { ++turns; });
  OutgoingRequest request = request_to("http://slow.test/");
  request.timeout = 300ms;
  const auto began = std::chrono::steady_clock::now();
  const auto reply = outside.one(request);
  const auto cancelled = outside.client->send(request_to("http://slow.test/again"), [](Result<OutgoingReply>) {});
  outside.run(100ms);
  outside.client->cancel(cancelled);
  outside.client.reset();
  CHECK(std::chrono::steady_clock::now() - began < 2500ms);  // the lookup takes 3 s
  CHECK(turns > 5);
  CHECK(lookups_of_slow >= 1);
  REQUIRE(!reply.ok());
  CHECK(reply.error().code() == ErrorCode::kDeadline);
  CHECK(reply.error().text().find("looked up") != std::string::npos);
}

TEST_CASE("http client: as many as may be are under way at once, and the next is told so") {
  std::atomic<int> waiting{0};
  std::atomic<bool> go{false};
  RawServer server([&](RawServer::Conversation& peer) {
    peer.read_request();
    if (++waiting == static_cast<int>(HttpClient::kSendsMax)) go = true;
    while (!go && !peer.stopping()) std::this_thread::sleep_for(5ms);
    say_ok(peer);
  });
  Outside outside;
  for (std::size_t i = 0; i < HttpClient::kSendsMax; ++i) outside.send(request_to(server.url()));
  bool too_many = false;
  outside.client->send(request_to(server.url()), [&](Result<OutgoingReply> result) {
    too_many = !result.ok() && result.error().code() == ErrorCode::kNoCapacity &&
               result.error().text().find("256") != std::string::npos;
  });
  outside.run();
  CHECK(too_many);
  CHECK(waiting == static_cast<int>(HttpClient::kSendsMax));
  REQUIRE(outside.results.size() == HttpClient::kSendsMax);
  for (const auto& result : outside.results) CHECK(result.ok());
}

TEST_CASE("http client: what is cancelled is not told of, also from inside another's end") {
  std::atomic<bool> go{false};
  RawServer server([&](RawServer::Conversation& peer) {
    const std::string request = peer.read_request();
    while (request.starts_with("POST /wait") && !go && !peer.stopping()) std::this_thread::sleep_for(5ms);
    say_ok(peer);
  });
  Outside outside;
  bool told = false;
  const auto under_way = outside.client->send(request_to(server.url("/wait")), [&](auto) { told = true; });
  const auto never_began = outside.client->send(request_to("nonsense"), [&](auto) { told = true; });
  outside.client->cancel(never_began);
  outside.client->send(request_to(server.url()), [&](auto) {
    outside.client->cancel(under_way);
    outside.client->cancel(under_way);
    go = true;
    outside.send(request_to(server.url("/after")));
  });
  outside.run();
  CHECK(outside.results.size() == 1);
  CHECK(!told);
}

TEST_CASE("http client: dropping it from inside an end, or with requests under way, is fine") {
  RawServer server(RawServer::answering(200, "ok"));
  RawServer silent([](RawServer::Conversation& peer) { peer.wait_for_end(); });
  Outside outside;
  int told = 0;
  for (const std::string& url : {silent.url(), server.url(), server.url()}) {
    outside.client->send(request_to(url), [&](auto) {
      ++told;
      outside.client.reset();
      outside.loop.stop();
    });
  }
  outside.run();
  CHECK(told == 1);
}

TEST_CASE("http client: a certificate that nobody vouches for is refused, one that is trusted is taken") {
  test::TemporaryDirectory directory;
  const auto file = [&](const char* name) { return (directory.path() / name).string(); };
  const auto made = test::run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                               "-nodes", "-keyout", file("key"), "-out", file("cert"), "-days", "2", "-subj",
                               "/CN=here.test", "-addext", "subjectAltName=DNS:here.test"});
  REQUIRE_MESSAGE(made.status == 0, made.errors);
  test::Process server(
      {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", file("cert"), "-key", file("key"), "-www"});
  const auto line = server.wait_for_line("ACCEPT ", 20s);
  REQUIRE(line);
  const std::string port = line->substr(line->rfind(':') + 1);
  const auto get = [&](const std::string& host, const std::string& trusted) {
    Outside outside(Private::kPermitted, trusted);
    OutgoingRequest request = request_to("https://" + host + ":" + port + "/", "");
    request.method = "GET";
    return outside.one(request);
  };
  const auto unknown = get("here.test", "");
  REQUIRE(!unknown.ok());
  CHECK(unknown.error().code() == ErrorCode::kUnreached);
  CHECK_MESSAGE(unknown.error().text().find("certificate") != std::string::npos, unknown.error().text());
  const auto trusted = get("here.test", file("cert"));
  REQUIRE_MESSAGE(trusted.ok(), trusted.error().text());
  CHECK(trusted->status == 200);
  const auto other_name = get("127.0.0.1", file("cert"));
  REQUIRE(!other_name.ok());
  CHECK(other_name.error().code() == ErrorCode::kUnreached);
}

}  // namespace sojourn
