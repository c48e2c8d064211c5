// What the server makes of requests, byte by byte. Each case is sent whole, in single bytes, and in two pieces cut at
// every place; the verdict has to be the same. A good request is sent behind each: whether it is answered tells whether
// the connection went on, and that nothing of the case was taken for a request of its own.
#include <string>
#include <vector>

#include "gateway/http/http_test_server.h"

namespace sojourn::http_test {
namespace {

using namespace std::string_literals;

struct Case {
  std::string name;
  std::string bytes;
  std::string verdict;  // of the replies before the one to the request behind
  enum class Then { kGoesOn, kCloses } then;
};

constexpr auto kGoesOn = Case::Then::kGoesOn;
constexpr auto kCloses = Case::Then::kCloses;
const std::string kBehind = "GET /behind HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kBad = "400 bad_request";

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}
std::string with(const std::string& fields) {
  return "GET /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields, const std::string& body) {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
}
std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}
std::string text(std::size_t size, char of = 'a') {
  return std::string(size, of);
}
std::string fields(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += "X-" + std::to_string(i) + ": v\r\n";
  return all;
}

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

void check_all(const std::vector<Case>& cases) {
  HttpOptions options;
  options.limits.connections_per_address_max = 10'000;
  const TestServer server(options);
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const std::string bytes = one.bytes + kBehind;
    std::string expected = one.verdict;
    if (one.then == kGoesOn) expected += (expected.empty() ? "" : "; ") + std::string("200 GET /behind");
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
  check_all({
      {"plain", get("/x"), "200 GET /x", kGoesOn},
      {"one empty line before", "\r\n" + get("/x"), "200 GET /x", kGoesOn},
      {"two empty lines before", "\r\n\r\n" + get("/x"), kBad, kCloses},
      {"lf before", "\n" + get("/x"), kBad, kCloses},
      {"http/1.0 closes", "GET /x HTTP/1.0\r\n\r\n", "200 GET /x", kCloses},
      {"http/1.0 kept alive", "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200 GET /x", kGoesOn},
      {"http/0.9", "GET /x\r\n\r\n", kBad, kCloses},
      {"http/1.2", "GET /x HTTP/1.2\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"http/2.0", "GET /x HTTP/2.0\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"http/1.10", "GET /x HTTP/1.10\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"http/01.1", "GET /x HTTP/01.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"lower-case version", "GET /x http/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"another protocol", "GET /x RTSP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"http/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", kBad, kCloses},
      {"a tls hello", "\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03"s, kBad, kCloses},
      {"two spaces before the target", "GET  /x HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"two spaces behind the target", "GET /x  HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"tab for a space", "GET\t/x HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"space behind the version", "GET /x HTTP/1.1 \r\nHost: h\r\n\r\n", kBad, kCloses},
      {"space before the method", " GET /x HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"empty method", " /x HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"nul in the target", "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n"s, kBad, kCloses},
      {"del in the target", get("/a\x7f"), kBad, kCloses},
      {"lf alone behind the line", "GET /x HTTP/1.1\nHost: h\r\n\r\n", kBad, kCloses},
      {"cr alone behind the line", "GET /x HTTP/1.1\rHost: h\r\n\r\n", kBad, kCloses},
      {"cr cr lf", "GET /x HTTP/1.1\r\r\nHost: h\r\n\r\n", kBad, kCloses},
  });
}

TEST_CASE("requests: seven methods are served") {
  check_all({
      {"post without a body", "POST /x HTTP/1.1\r\nHost: h\r\n\r\n", "200 POST /x", kGoesOn},
      {"put", "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na", "200 PUT /x a", kGoesOn},
      {"patch", "PATCH /x HTTP/1.1\r\nHost: h\r\n\r\n", "200 PATCH /x", kGoesOn},
      {"delete", "DELETE /x HTTP/1.1\r\nHost: h\r\n\r\n", "200 DELETE /x", kGoesOn},
      {"options", "OPTIONS /x HTTP/1.1\r\nHost: h\r\n\r\n", "200 OPTIONS /x", kGoesOn},
      {"head has a length and no body", "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n", "200 HEAD of 7", kGoesOn},
      {"get with a body", "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", "200 GET /x hi", kGoesOn},
      {"trace", "TRACE /x HTTP/1.1\r\nHost: h\r\n\r\n", "405 method_not_allowed", kCloses},
      {"connect", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", "405 method_not_allowed", kCloses},
      {"unknown", "BREW /x HTTP/1.1\r\nHost: h\r\n\r\n", "405 method_not_allowed", kCloses},
      {"lower-case", "get /x HTTP/1.1\r\nHost: h\r\n\r\n", "405 method_not_allowed", kCloses},
      {"longer than one served", "GETS /x HTTP/1.1\r\nHost: h\r\n\r\n", "405 method_not_allowed", kCloses},
      {"not a token", "G(T /x HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
  });
}

TEST_CASE("requests: fields are names and values on lines of their own") {
  check_all({
      {"no space behind the colon", with("A:b\r\n"), "200 GET /x", kGoesOn},
      {"much white space", with("A: \t b \t \r\n"), "200 GET /x", kGoesOn},
      {"empty value", with("A:\r\n"), "200 GET /x", kGoesOn},
      {"tab inside a value", with("A: b\tc\r\n"), "200 GET /x", kGoesOn},
      {"bytes above ascii in a value", with("A: \xc3\xa9\xff\r\n"), "200 GET /x", kGoesOn},
      {"every token character", with("!#$%&'*+-.^_`|~09azAZ: v\r\n"), "200 GET /x", kGoesOn},
      {"100 fields", "GET /x HTTP/1.1\r\nHost: h\r\n" + fields(99) + "\r\n", "200 GET /x", kGoesOn},
      {"101 fields", "GET /x HTTP/1.1\r\nHost: h\r\n" + fields(100) + "\r\n", "431 head_too_large", kCloses},
      {"space before the colon", with("A : b\r\n"), kBad, kCloses},
      {"tab before the colon", with("A\t: b\r\n"), kBad, kCloses},
      {"no colon", with("A b\r\n"), kBad, kCloses},
      {"only a name", with("A\r\n"), kBad, kCloses},
      {"empty name", with(": b\r\n"), kBad, kCloses},
      {"folded by a space", with("A: b\r\n c\r\n"), kBad, kCloses},
      {"folded by a tab", with("A: b\r\n\tc\r\n"), kBad, kCloses},
      {"space before the first field", "GET /x HTTP/1.1\r\n Host: h\r\n\r\n", kBad, kCloses},
      {"a line of white space", with(" \r\n"), kBad, kCloses},
      {"lf alone behind a field", with("A: b\nC: d\r\n"), kBad, kCloses},
      {"cr alone inside a value", with("A: b\rC: d\r\n"), kBad, kCloses},
      {"cr alone behind a value", with("A: b\r\r\n"), kBad, kCloses},
      {"head ends in lf lf", "GET /x HTTP/1.1\r\nHost: h\n\n", kBad, kCloses},
      {"head ends in cr lf lf", "GET /x HTTP/1.1\r\nHost: h\r\n\n", kBad, kCloses},
      {"head ends in cr lf cr x", "GET /x HTTP/1.1\r\nHost: h\r\n\rX", kBad, kCloses},
      {"nul in a value", with("A: b\0c\r\n"s), kBad, kCloses},
      {"nul in a name", with("A\0: b\r\n"s), kBad, kCloses},
      {"escape character in a value", with("A: b\x1b[1m\r\n"), kBad, kCloses},
      {"del in a value", with("A: b\x7f\r\n"), kBad, kCloses},
      {"byte above ascii in a name", with("\xc3\xa9: b\r\n"), kBad, kCloses},
      {"bracket in a name", with("A(b): c\r\n"), kBad, kCloses},
      {"slash in a name", with("A/b: c\r\n"), kBad, kCloses},
  });
}

TEST_CASE("requests: a 1.1 request names exactly one host") {
  check_all({
      {"none on 1.1", "GET /x HTTP/1.1\r\n\r\n", kBad, kCloses},
      {"two the same", "GET /x HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"two on 1.0", "GET /x HTTP/1.0\r\nHost: h\r\nHost: g\r\n\r\n", kBad, kCloses},
      {"empty", "GET /x HTTP/1.1\r\nHost:\r\n\r\n", "200 GET /x", kGoesOn},
      {"with a port", "GET /x HTTP/1.1\r\nHost: h.example:8080\r\n\r\n", "200 GET /x", kGoesOn},
      {"ipv6", "GET /x HTTP/1.1\r\nhOsT: [::1]:8080\r\n\r\n", "200 GET /x", kGoesOn},
      {"with a path", "GET /x HTTP/1.1\r\nHost: h/evil\r\n\r\n", kBad, kCloses},
      {"with a user", "GET /x HTTP/1.1\r\nHost: me@h\r\n\r\n", kBad, kCloses},
      {"with a space", "GET /x HTTP/1.1\r\nHost: h g\r\n\r\n", kBad, kCloses},
      {"with a comma list is one odd name", "GET /x HTTP/1.1\r\nHost: h,g\r\n\r\n", "200 GET /x", kGoesOn},
  });
}

TEST_CASE("requests: the target is a path, decoded once and normalised") {
  check_all({
      {"query", get("/x?a=1&b=%20"), "200 GET /x?a=1&b=%20", kGoesOn},
      {"empty query", get("/x?"), "200 GET /x", kGoesOn},
      {"question mark in the query", get("/x?a?b"), "200 GET /x?a?b", kGoesOn},
      {"escape", get("/a%20b"), "200 GET /a b", kGoesOn},
      {"decoded once", get("/a%2520b"), "200 GET /a%20b", kGoesOn},
      {"escaped slash", get("/a%2Fb"), "200 GET /a/b", kGoesOn},
      {"escaped question mark stays in the path", get("/a%3fb"), "200 GET /a?b", kGoesOn},
      {"dot segment", get("/a/./b"), "200 GET /a/b", kGoesOn},
      {"parent segment", get("/a/../b"), "200 GET /b", kGoesOn},
      {"above the root", get("/../../b"), "200 GET /b", kGoesOn},
      {"escaped parent segment", get("/a/%2e%2E/b"), "200 GET /b", kGoesOn},
      {"escaped slash and parent", get("/a%2f..%2fb"), "200 GET /b", kGoesOn},
      {"trailing parent", get("/a/b/.."), "200 GET /a/", kGoesOn},
      {"dots in names", get("/a.b/..c/d.."), "200 GET /a.b/..c/d..", kGoesOn},
      {"empty segments stay", get("//a//b"), "200 GET //a//b", kGoesOn},
      {"backslash is no slash", get("/a\\..\\b"), "200 GET /a\\..\\b", kGoesOn},
      {"escaped nul", get("/a%00b"), kBad, kCloses},
      {"cut escape", get("/a%2"), kBad, kCloses},
      {"lone percent", get("/a%"), kBad, kCloses},
      {"bad digits", get("/a%zz"), kBad, kCloses},
      {"signed digits", get("/a%+1"), kBad, kCloses},
      {"fragment", get("/a#b"), kBad, kCloses},
      {"byte above ascii", get("/\xc3\xa9"), kBad, kCloses},
      {"absolute form", get("http://h/x?q"), "200 GET /x?q", kGoesOn},
      {"absolute form without a path", get("http://h"), "200 GET /", kGoesOn},
      {"absolute form with only a query", get("http://h?q"), "200 GET /?q", kGoesOn},
      {"absolute form, case of scheme and host", get("HTTPS://H/x"), "200 GET /x", kGoesOn},
      {"absolute form of another host", get("http://g/x"), kBad, kCloses},
      {"absolute form of another port", get("http://h:81/x"), kBad, kCloses},
      {"absolute form with a user", get("http://u@h/x"), kBad, kCloses},
      {"another scheme", get("ftp://h/x"), kBad, kCloses},
      {"no scheme, no slash", get("x"), kBad, kCloses},
      {"authority form", get("h:80"), kBad, kCloses},
      {"asterisk of options", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "204 ", kGoesOn},
      {"asterisk of get", get("*"), kBad, kCloses},
  });
}

TEST_CASE("requests: a content length is one number") {
  check_all({
      {"zero", post("Content-Length: 0\r\n", ""), "200 POST /x", kGoesOn},
      {"five", post("Content-Length: 5\r\n", "hello"), "200 POST /x hello", kGoesOn},
      {"leading zeros", post("Content-Length: 0005\r\n", "hello"), "200 POST /x hello", kGoesOn},
      {"white space around", post("Content-Length: \t5 \r\n", "hello"), "200 POST /x hello", kGoesOn},
      {"body that looks like a request", post("Content-Length: 18\r\n", "GET /y HTTP/1.1\r\n\r"),
       "200 POST /x GET /y HTTP/1.1\r\n\r", kGoesOn},
      {"twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), kBad, kCloses},
      {"twice and different", post("Content-Length: 5\r\ncontent-length: 6\r\n", "hello"), kBad, kCloses},
      {"a list", post("Content-Length: 5, 5\r\n", "hello"), kBad, kCloses},
      {"plus", post("Content-Length: +5\r\n", "hello"), kBad, kCloses},
      {"minus", post("Content-Length: -5\r\n", "hello"), kBad, kCloses},
      {"hexadecimal", post("Content-Length: 0x5\r\n", "hello"), kBad, kCloses},
      {"fraction", post("Content-Length: 5.0\r\n", "hello"), kBad, kCloses},
      {"space inside", post("Content-Length: 5 0\r\n", "hello"), kBad, kCloses},
      {"empty", post("Content-Length:\r\n", ""), kBad, kCloses},
      {"19 digits", post("Content-Length: 0000000000000000005\r\n", "hello"), kBad, kCloses},
      {"18 digits", post("Content-Length: 000000000000000005\r\n", "hello"), "200 POST /x hello", kGoesOn},
      {"beyond 64 bits", post("Content-Length: 18446744073709551621\r\n", "hello"), kBad, kCloses},
      {"more than is allowed", post("Content-Length: 6291457\r\n", ""), "413 body_too_large", kCloses},
      {"much more than is allowed", post("Content-Length: 999999999999999999\r\n", ""), "413 body_too_large", kCloses},
  });
}

TEST_CASE("requests: the only transfer encoding is chunked") {
  check_all({
      {"chunked", chunked("5\r\nhello\r\n0\r\n\r\n"), "200 POST /x hello", kGoesOn},
      {"case", post("tRANSFER-eNCODING: ChUnKeD\r\n", "5\r\nhello\r\n0\r\n\r\n"), "200 POST /x hello", kGoesOn},
      {"beside a content length", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), kBad,
       kCloses},
      {"before a content length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), kBad,
       kCloses},
      {"beside a content length of zero", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n"),
       kBad, kCloses},
      {"twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"identity", post("Transfer-Encoding: identity\r\n", ""), kBad, kCloses},
      {"gzip before", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"chunked twice in a list", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"quoted", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"vertical tab before",
       post("Transfer-Encoding: \x0b"
            "chunked\r\n",
            "0\r\n\r\n"),
       kBad, kCloses},
      {"empty", post("Transfer-Encoding:\r\n", ""), kBad, kCloses},
      {"on 1.0", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kBad, kCloses},
      {"space before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), kBad, kCloses},
  });
}

TEST_CASE("requests: chunks have one shape") {
  check_all({
      {"empty body", chunked("0\r\n\r\n"), "200 POST /x", kGoesOn},
      {"two chunks", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), "200 POST /x hello", kGoesOn},
      {"hexadecimal", chunked("aA\r\n" + text(170) + "\r\n0\r\n\r\n"), "200 POST /x " + text(170), kGoesOn},
      {"leading zeros", chunked("0005\r\nhello\r\n000\r\n\r\n"), "200 POST /x hello", kGoesOn},
      {"data that looks like an end", chunked("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), "200 POST /x \r\n0\r\n\r\n", kGoesOn},
      {"extension", chunked("5;a=b\r\nhello\r\n0\r\n\r\n"), "200 POST /x hello", kGoesOn},
      {"extension with a quoted value", chunked("5;a=\"b c\"\r\nhello\r\n0;z\r\n\r\n"), "200 POST /x hello", kGoesOn},
      {"extensions beyond 4 KiB", chunked("5;a=" + text(4096) + "\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"control in an extension", chunked("5;a=\x01\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"lf behind an extension", chunked("5;a\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"lf behind the size", chunked("5\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"cr cr lf behind the size", chunked("5\r\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"no end behind the data", chunked("5\r\nhello0\r\n\r\n"), kBad, kCloses},
      {"lf behind the data", chunked("5\r\nhello\n0\r\n\r\n"), kBad, kCloses},
      {"cr behind the data", chunked("5\r\nhello\r0\r\n\r\n"), kBad, kCloses},
      {"more data than the size", chunked("5\r\nhello!\r\n0\r\n\r\n"), kBad, kCloses},
      {"no size", chunked("\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"only an extension", chunked(";a\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"minus", chunked("-5\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"space before the size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"space behind the size", chunked("5 \r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"beyond 64 bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"bigger than is allowed", chunked("5ffffff\r\n" + text(10)), kBad, kCloses},
      {"lf at the end", chunked("5\r\nhello\r\n0\r\n\n"), kBad, kCloses},
      {"cr x at the end", chunked("5\r\nhello\r\n0\r\n\rX"), kBad, kCloses},
  });
}

TEST_CASE("requests: trailers are checked and thrown away") {
  check_all({
      {"one", chunked("0\r\nA: b\r\n\r\n"), "200 POST /x", kGoesOn},
      {"three", chunked("2\r\nhi\r\n0\r\nA: b\r\nC:\r\nD: \tx\r\n\r\n"), "200 POST /x hi", kGoesOn},
      {"a content length", chunked("0\r\nContent-Length: 5\r\n\r\n"), kBad, kCloses},
      {"a transfer encoding", chunked("0\r\ntransfer-encoding: chunked\r\n\r\n"), kBad, kCloses},
      {"a host", chunked("0\r\nHost: g\r\n\r\n"), kBad, kCloses},
      {"folded", chunked("0\r\nA: b\r\n c\r\n\r\n"), kBad, kCloses},
      {"space before the colon", chunked("0\r\nA : b\r\n\r\n"), kBad, kCloses},
      {"empty name", chunked("0\r\n: b\r\n\r\n"), kBad, kCloses},
      {"no colon", chunked("0\r\nA\r\n\r\n"), kBad, kCloses},
      {"lf alone", chunked("0\r\nA: b\n\r\n"), kBad, kCloses},
      {"control character", chunked("0\r\nA: \x02\r\n\r\n"), kBad, kCloses},
      {"beyond 16 KiB", chunked("0\r\nA: " + text(16 * 1024) + "\r\n\r\n"), kBad, kCloses},
  });
}

TEST_CASE("requests: connection tokens decide whether it goes on") {
  check_all({
      {"close", with("Connection: close\r\n"), "200 GET /x", kCloses},
      {"case", with("connection: CLOSE\r\n"), "200 GET /x", kCloses},
      {"in a list", with("Connection: x, close ,y\r\n"), "200 GET /x", kCloses},
      {"in a second field", with("Connection: x\r\nConnection: close\r\n"), "200 GET /x", kCloses},
      {"close wins over keep-alive", with("Connection: keep-alive, close\r\n"), "200 GET /x", kCloses},
      {"another token", with("Connection: closed\r\n"), "200 GET /x", kGoesOn},
      {"empty elements", with("Connection: ,, ,\r\n"), "200 GET /x", kGoesOn},
      {"upgrade is passed over", with("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "200 GET /x", kGoesOn},
      {"upgrade to http/2 is passed over",
       with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n"), "200 GET /x", kGoesOn},
      {"upgrade with a body", post("Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n", "hi"),
       "200 POST /x hi", kGoesOn},
      {"not a list of tokens", with("Connection: a b\r\n"), kBad, kCloses},
      {"1.0, close and keep-alive", "GET /x HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n", "200 GET /x", kCloses},
      {"1.0 kept alive with a body", "POST /x HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nhi",
       "200 POST /x hi", kGoesOn},
  });
}

TEST_CASE("requests: sizes beyond the limits are refused by name") {
  check_all({
      {"target of 8192", get("/" + text(8191)), "200 GET /" + text(8191), kGoesOn},
      {"target of 8193", get("/" + text(8192)), "414 head_too_large", kCloses},
      {"request line without end", "GET /" + text(17'000), "414 head_too_large", kCloses},
      {"head of 16384", "GET /x HTTP/1.1\r\nHost: h\r\nA: " + text(16'384 - 33) + "\r\n\r\n", "200 GET /x", kGoesOn},
      {"head of 16385", "GET /x HTTP/1.1\r\nHost: h\r\nA: " + text(16'384 - 32) + "\r\n\r\n", "431 head_too_large",
       kCloses},
      {"field without end", "GET /x HTTP/1.1\r\nHost: h\r\nA: " + text(17'000), "431 head_too_large", kCloses},
  });
}

TEST_CASE("requests: an expectation is met, or refused") {
  check_all({
      {"unknown", post("Expect: tea\r\nContent-Length: 2\r\n", "hi"), "417 bad_request", kCloses},
      {"a list", post("Expect: 100-continue, tea\r\nContent-Length: 2\r\n", "hi"), "417 bad_request", kCloses},
      {"without a body", with("Expect: 100-continue\r\n"), "200 GET /x", kGoesOn},
      {"on 1.0 it is passed over", "POST /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
       "200 POST /x hi", kCloses},
      {"with too large a body", post("Expect: 100-continue\r\nContent-Length: 6291457\r\n", ""), "413 body_too_large",
       kCloses},
  });
}

TEST_CASE("requests: what ends early is refused, what is whole is answered") {
  const TestServer server;
  const auto say_all = [&](const std::string& bytes) { return say(server, bytes, {bytes.size()}); };
  CHECK(say_all("") == "");
  CHECK(say_all("GET /x HTTP/1.1\r\nHost: h\r\n") == kBad);
  CHECK(say_all("GET /x HTT") == kBad);
  CHECK(say_all(get("/x") + "G") == "200 GET /x; " + kBad);
  CHECK(say_all(post("Content-Length: 5\r\n", "hell")) == kBad);
  CHECK(say_all(chunked("5\r\nhello\r\n0\r\n")) == kBad);
  CHECK(say_all(get("/x")) == "200 GET /x");
}

}  // namespace sojourn::http_test
