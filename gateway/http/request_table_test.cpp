// What the server makes of requests, byte by byte. Each case is sent whole, in single bytes, and in two pieces cut at
// every place; the verdict has to be the same. A good request is sent behind each: whether it is answered tells whether
// the connection went on, and that nothing of the case was taken for a request of its own.
#include <string>
#include <vector>

#include "gateway/http/http_test_server.h"
#include "gateway/http/request_cases.h"

namespace sojourn::http_test {
namespace {

const std::string kBehind = "GET /behind HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kBad = "400 bad_request";

// `STATUS body` or `STATUS code` of each reply, joined by `; `.
std::string verdict_of(std::string replies) {
  std::string verdict;
  while (std::optional<Reply> reply = take_reply(replies, true)) {
    if (!verdict.empty()) verdict += "; ";
    const std::string code = reply->field("X-Sojourn-Error");
    verdict += std::to_string(reply->status) + " " + (code.empty() ? reply->body : code);
    if (reply->field("x-method") == "HEAD") verdict += "HEAD of " + reply->field("Content-Length");
    CHECK((reply->status < 200 || reply->field("X-Call-Id").size() == 36));
  }
  return verdict + (replies.empty() ? "" : " and rubbish: " + replies);
}

// Sends the bytes in pieces that end where `ends` says, each when the one before was read by the server.
std::string say(const TestServer& server, const std::string& bytes, const std::vector<std::size_t>& ends) {
  TestClient client(server);
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    const std::uint64_t before = server.stats().bytes_in;
    client.send(std::string_view(bytes).substr(begin, end - begin));
    if (end < bytes.size())
      CHECK(server.until([&](const HttpStats& now) { return now.bytes_in >= before + end - begin; }));
    begin = end;
  }
  client.half_close();
  return verdict_of(client.read_all());
}

std::vector<std::size_t> in_steps(std::size_t size, std::size_t step) {
  std::vector<std::size_t> ends;
  for (std::size_t end = step; end < size; end += step) ends.push_back(end);
  ends.push_back(size);
  return ends;
}

void check_all(const RequestCases& cases) {
  HttpOptions options;
  options.limits.connections_per_address_max = 10'000;
  const TestServer server(options);
  for (const RequestCase& one : cases) {
    CAPTURE(one.name);
    const std::string bytes = one.bytes + kBehind;
    std::string expected = one.verdict;
    if (one.then == RequestCase::Then::kGoesOn)
      expected += (expected.empty() ? "" : "; ") + std::string("200 GET /behind");
    REQUIRE(say(server, bytes, {bytes.size()}) == expected);
    const bool is_long = bytes.size() > 1000;
    REQUIRE(say(server, bytes, in_steps(bytes.size(), is_long ? 251 : 1)) == expected);
    const std::size_t cuts_begin = is_long ? one.bytes.size() - 40 : 1;
    for (std::size_t cut = cuts_begin; cut < bytes.size(); ++cut) {
      CAPTURE(cut);
      REQUIRE(say(server, bytes, {cut, bytes.size()}) == expected);
    }
  }
}

}  // namespace

TEST_CASE("requests: the request line has one shape") {
  check_all(request_line_cases());
}

TEST_CASE("requests: seven methods are served") {
  check_all(method_cases());
}

TEST_CASE("requests: fields are names and values on lines of their own") {
  check_all(field_cases());
}

TEST_CASE("requests: a 1.1 request names exactly one host") {
  check_all(host_cases());
}

TEST_CASE("requests: the target is a path, decoded once and normalised") {
  check_all(target_cases());
}

TEST_CASE("requests: a content length is one number") {
  check_all(content_length_cases());
}

TEST_CASE("requests: the only transfer encoding is chunked") {
  check_all(transfer_encoding_cases());
}

TEST_CASE("requests: chunks have one shape") {
  check_all(chunk_cases());
}

TEST_CASE("requests: trailers are checked and thrown away") {
  check_all(trailer_cases());
}

TEST_CASE("requests: connection tokens decide whether it goes on") {
  check_all(connection_cases());
}

TEST_CASE("requests: sizes beyond the limits are refused by name") {
  check_all(size_cases());
}

TEST_CASE("requests: an expectation is met, or refused") {
  check_all(expectation_cases());
}

TEST_CASE("requests: what ends early is refused, what is whole is answered") {
  const TestServer server;
  const auto say_all = [&](const std::string& bytes) { return say(server, bytes, {bytes.size()}); };
  const std::string post = "POST /x HTTP/1.1\r\nHost: h\r\n";
  CHECK(say_all("") == "");
  CHECK(say_all("GET /x HTTP/1.1\r\nHost: h\r\n") == kBad);
  CHECK(say_all("GET /x HTT") == kBad);
  CHECK(say_all(kBehind + "G") == "200 GET /behind; " + kBad);
  CHECK(say_all(post + "Content-Length: 5\r\n\r\nhell") == kBad);
  CHECK(say_all(post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n") == kBad);
  CHECK(say_all(kBehind) == "200 GET /behind");
}

TEST_CASE("requests: the table has at least 250 cases") {
  CHECK(all_request_cases().size() >= 250);
}

}  // namespace sojourn::http_test
