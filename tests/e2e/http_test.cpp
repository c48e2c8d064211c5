// The gateway as HTTP clients see it.
#include <doctest/doctest.h>

#include "tests/harness/raw_client.h"
#include "tests/harness/server.h"

namespace sojourn::test {

using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() { REQUIRE(server.deploy("probe", test_function("probe"), "?timeout=5s").status == 201); }
  Server server;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "http: method, path, query, headers and body reach the function") {
  const Reply reply = server.get("/function/probe/mirror?x=1&y=%20", {"-X", "PATCH", "-H", "X-A: b", "-d", "body"});
  CHECK(reply.status == 200);
  CHECK(reply.body.starts_with("PATCH /mirror?x=1&y=%20\nx-a: b\n"));
  CHECK(reply.body.ends_with("\nbody"));
  CHECK(server.get("/function/probe").body == "probe\n");
  CHECK(server.get("/function/probe/mirror", {"-X", "OPTIONS"}).body.starts_with("OPTIONS /mirror"));
  const Reply head = server.get("/function/probe/bytes?n=10", {"--head"});
  CHECK(head.status == 200);
  CHECK(head.headers.at("content-length") == "10");
  CHECK(head.body.empty());
}

TEST_CASE_FIXTURE(Fixture,
                  "http: the token of the caller does not reach the function, its own Authorization does not leak") {
  const Reply reply = server.get("/function/probe/mirror", {"-H", "Authorization: Bearer " + server.token()});
  CHECK(reply.body.find(server.token()) == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "http: bodies of every size and framing arrive whole") {
  TemporaryDirectory directory;
  for (std::size_t size : {0u, 1u, 16383u, 16384u, 16385u, 65536u, 1000000u, 6000000u}) {
    write_file(directory.path() / "body", std::string(size, 'x'));
    const std::string at = "@" + (directory.path() / "body").string();
    CAPTURE(size);
    CHECK(server.get("/function/probe/size", {"--data-binary", at}).body == std::to_string(size) + "\n");
    CHECK(server.get("/function/probe/size", {"--data-binary", at, "-H", "Transfer-Encoding: chunked"}).body ==
          std::to_string(size) + "\n");
    const Reply reply = server.get("/function/probe/bytes?n=" + std::to_string(size));
    CHECK(reply.status == 200);
    CHECK(reply.body.size() == size);
  }
}

TEST_CASE_FIXTURE(Fixture, "http: every limit is named in the message that it causes") {
  TemporaryDirectory directory;
  write_file(directory.path() / "body", std::string(7u << 20, 'x'));
  const Reply large = server.get("/function/probe/size", {"--data-binary", "@" + (directory.path() / "body").string()});
  CHECK(large.status == 413);
  CHECK(large.error_code() == "body_too_large");
  CHECK(large.body.find("6 MiB") != std::string::npos);
  const Reply long_target = server.get("/function/probe/" + std::string(9000, 'a'));
  CHECK(long_target.status == 414);
  CHECK(long_target.error_code() == "head_too_large");
  CHECK(server.get("/function/probe", {"-H", "X-A: " + std::string(17000, 'a')}).status == 431);
}

TEST_CASE_FIXTURE(Fixture, "http: what the function throws becomes the documented answer") {
  const Reply error = server.get("/function/probe/fault?kind=error");
  CHECK(error.status == 422);
  CHECK(error.body.find("no such colour") != std::string::npos);
  CHECK(error.error_code().empty());
  const Reply later = server.get("/function/probe/fault?kind=later");
  CHECK(later.headers.at("retry-after") == "7");
  for (const char* kind : {"std", "int"}) {
    const Reply thrown = server.get(std::string("/function/probe/fault?kind=") + kind);
    CHECK(thrown.status == 500);
    CHECK(thrown.error_code() == "function_threw");
    CHECK(thrown.body.find("secret detail") == std::string::npos);
  }
  CHECK(eventually(
      [&] { return server.api("GET", "/functions/probe/logs").body.find("a secret detail") != std::string::npos; },
      3s));
}

TEST_CASE_FIXTURE(Fixture, "http: log, stdout and stderr are captured per call") {
  const Reply reply = server.get("/function/probe/noise");
  REQUIRE(reply.status == 200);
  const std::string id = reply.headers.at("x-call-id");
  std::string log;
  CHECK(eventually(
      [&] {
        log = server.api("GET", "/functions/probe/logs?call=" + id).body;
        return log.find("said by the context") != std::string::npos &&
               log.find("said on stdout") != std::string::npos && log.find("said on stderr") != std::string::npos;
      },
      3s));
  CAPTURE(log);
  CHECK(log.find("\"colour\":\"blue\"") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "http: the platform's fields cannot be forged by a function") {
  const Reply reply = server.get("/function/probe/headers");
  CHECK(reply.status == 200);
  CHECK_FALSE(reply.headers.contains("x-sojourn-error"));
  CHECK_FALSE(reply.headers.contains("service-worker-allowed"));
  CHECK_FALSE(reply.headers.contains("clear-site-data"));
  CHECK_FALSE(reply.headers.contains("alt-svc"));
  CHECK(reply.headers.at("x-fine") == "twice");
}

TEST_CASE_FIXTURE(Fixture, "http: call ids are honoured once, from callers with a token only") {
  const std::string id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const std::vector<std::string> with_token = {"-H", "X-Call-Id: " + id, "-H",
                                               "Authorization: Bearer " + server.token()};
  const Reply first = server.get("/function/probe/id", with_token);
  CHECK(first.headers.at("x-call-id") == id);
  CHECK(first.body.starts_with(id + " probe"));
  const Reply second = server.get("/function/probe/id", with_token);
  CHECK(second.status == 409);
  CHECK(second.error_code() == "call_id_taken");
  CHECK(server.get("/function/probe/id", {"-H", "X-Call-Id: 1f8fad5b-d9cb-469f-a165-70867728950e"})
            .headers.at("x-call-id") != "1f8fad5b-d9cb-469f-a165-70867728950e");
}

TEST_CASE_FIXTURE(Fixture, "http: X-Timeout shortens the deadline and never lengthens it") {
  const Reply short_one = server.get("/function/probe/sleep?ms=2000", {"-H", "X-Timeout: 100ms"});
  CHECK(short_one.status == 504);
  CHECK(short_one.error_code() == "deadline");
  const Reply left = server.get("/function/probe/left", {"-H", "X-Timeout: 1h"});
  CHECK(std::stoi(left.body) <= 5000);
}

TEST_CASE_FIXTURE(Fixture, "http: unknown routes, names and methods have their codes") {
  const auto code = [&](const std::string& path, std::vector<std::string> more = {}) {
    const Reply reply = server.get(path, std::move(more));
    return std::to_string(reply.status) + " " + reply.error_code();
  };
  CHECK(code("/nowhere") == "404 route_not_found");
  CHECK(code("/function/absent") == "404 function_not_found");
  CHECK(code("/function/UPPER") == "404 function_not_found");
  CHECK(code("/function/" + std::string(64, 'a')) == "404 function_not_found");
  CHECK(code("/function/probe@none") == "404 version_not_found");
  CHECK(code("/function/probe", {"-X", "TRACE"}) == "405 method_not_allowed");
  CHECK(code("/api/v1/functions") == "401 unauthorized");
  CHECK(code("/api/v1/functions", {"-H", "Authorization: Bearer nonsense"}) == "401 unauthorized");
  CHECK(server.api("PUT", "/functions/UPPER", {"-T", example("hello")}).status == 400);
  CHECK(server.get("/healthz").status == 200);
  CHECK(server.get("/readyz").status == 200);
  CHECK(server.get("/metrics").body.find("gateway_function_invocation_total{") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "http: pipelined requests are answered in order on one connection") {
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += "GET /function/probe/bytes?n=" + std::to_string(i) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  REQUIRE(client.send(requests));
  for (std::size_t i = 0; i < 20; ++i) {
    const auto response = client.read_response();
    REQUIRE(response.has_value());
    CHECK(response->status == 200);
    CHECK(response->body.size() == i);
  }
}

TEST_CASE_FIXTURE(Fixture, "http: a malformed request gets one 400 and the connection closes") {
  for (const char* bytes :
       {"GET / HTTP/1.1\nHost: x\n\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "POST /function/probe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    RawClient client(server.port());
    REQUIRE(client.send(bytes));
    const auto all = client.read_to_end();
    CAPTURE(bytes);
    REQUIRE(all.has_value());
    CHECK(all->starts_with("HTTP/1.1 400"));
  }
}

TEST_CASE_FIXTURE(Fixture, "http: a half-closed client still gets its reply") {
  RawClient client(server.port());
  REQUIRE(client.send("GET /function/probe/sleep?ms=100 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  client.finish_sending();
  const auto response = client.read_response();
  REQUIRE(response.has_value());
  CHECK(response->body == "slept\n");
}

TEST_CASE_FIXTURE(Fixture, "http: a client that leaves is told to the function, which is not killed") {
  {
    RawClient client(server.port());
    REQUIRE(client.send("GET /function/probe/until-cancelled HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    sleep_for(200ms);
    client.reset();
  }
  CHECK(eventually(
      [&] { return server.api("GET", "/functions/probe/logs").body.find("saw the cancellation") != std::string::npos; },
      4s));
}

TEST_CASE_FIXTURE(Fixture, "http: a streamed reply arrives piece by piece") {
  RawClient client(server.port());
  REQUIRE(client.send("GET /function/probe/stream?pieces=3 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const auto response = client.read_response();
  REQUIRE(response.has_value());
  CHECK(response->status == 200);
  CHECK(response->body == "piece 0\npiece 1\npiece 2\n");
}

TEST_CASE_FIXTURE(Fixture, "http: parts of the contract that this version lacks say so") {
  const Reply reply = server.get("/pipeline/probe", {"-X", "POST"});
  CHECK(reply.status == 501);
  CHECK(reply.error_code() == "not_available");
}

}  // namespace sojourn::test
