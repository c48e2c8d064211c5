#include "gateway/http/request_cases.h"

namespace sojourn::http_test {
namespace {

using namespace std::string_literals;

constexpr auto kGoesOn = RequestCase::Then::kGoesOn;
constexpr auto kCloses = RequestCase::Then::kCloses;
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

}  // namespace

RequestCases request_line_cases() {
  return {
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
      {"byte order mark before", "\xef\xbb\xbf" + get("/x"), kBad, kCloses},
      {"nul behind the version", "GET /x HTTP/1.1\0\r\nHost: h\r\n\r\n"s, kBad, kCloses},
      {"tab behind the version", "GET /x HTTP/1.1\t\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"form feed for a space", "GET\f/x HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"letters for digits in the version", "GET /x HTTP/1.l\r\nHost: h\r\n\r\n", kBad, kCloses},
      {"a proxy's preface", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + get("/x"), kBad, kCloses},
      {"another protocol's greeting", "EHLO example.org\r\n", kBad, kCloses},
  };
}

RequestCases method_cases() {
  return {
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
      {"delete with a body", "DELETE /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", "200 DELETE /x hi",
       kGoesOn},
      {"head with a body", "HEAD /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", "200 HEAD of 10", kGoesOn},
      {"get with a chunked body",
       "GET /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200 GET /x hi",
       kGoesOn},
      {"1,000 letters", text(1000, 'A') + " /x HTTP/1.1\r\nHost: h\r\n\r\n", "405 method_not_allowed", kCloses},
  };
}

RequestCases field_cases() {
  return {
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
      {"vertical tab before the colon", with("A\v: b\r\n"), kBad, kCloses},
      {"form feed in a value", with("A: b\fc\r\n"), kBad, kCloses},
      {"next-line character in a value is a byte like any other",
       with("A: b\xc2\x85"
            "C: d\r\n"),
       "200 GET /x", kGoesOn},
  };
}

RequestCases host_cases() {
  return {
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
      {"two of one letter case each", "GET /x HTTP/1.1\r\nHost: h\r\nHOST: g\r\n\r\n", kBad, kCloses},
      {"a second one, folded", "GET /x HTTP/1.1\r\nHost: h\r\n Host: g\r\n\r\n", kBad, kCloses},
      {"with an empty second", "GET /x HTTP/1.1\r\nHost: h\r\nHost:\r\n\r\n", kBad, kCloses},
      {"with a nul", "GET /x HTTP/1.1\r\nHost: h\0g\r\n\r\n"s, kBad, kCloses},
      {"above ascii", "GET /x HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n", kBad, kCloses},
      {"with a query", "GET /x HTTP/1.1\r\nHost: h?g\r\n\r\n", kBad, kCloses},
  };
}

RequestCases target_cases() {
  return {
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
      {"overlong slash stays two bytes", get("/a%c0%afb"),
       "200 GET /a\xc0\xaf"
       "b",
       kGoesOn},
      {"escaped line break stays in the path", get("/a%0d%0ab"), "200 GET /a\r\nb", kGoesOn},
      {"escaped dot, decoded once", get("/a/%252e%252e/b"), "200 GET /a/%2e%2e/b", kGoesOn},
      {"half an escape above the root", get("/%2e./%2e./b"), "200 GET /b", kGoesOn},
      {"bad escape in the query is the function's", get("/x?a=%zz"), "200 GET /x?a=%zz", kGoesOn},
      {"nul escaped behind a parent", get("/a/../%00"), kBad, kCloses},
      {"absolute form, parent segments", get("http://h/a/../../b"), "200 GET /b", kGoesOn},
      {"absolute form, no authority", get("http:///x"), kBad, kCloses},
      {"absolute form, escaped nul", get("http://h/%00"), kBad, kCloses},
      {"absolute form on 1.0 without a host", "GET http://h/x HTTP/1.0\r\n\r\n", kBad, kCloses},
      {"asterisk with a body", "OPTIONS * HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", "204 ", kGoesOn},
      {"two asterisks", "OPTIONS ** HTTP/1.1\r\nHost: h\r\n\r\n", kBad, kCloses},
  };
}

RequestCases content_length_cases() {
  return {
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
      {"a list of the same", post("Content-Length: 5,5\r\n", "hello"), kBad, kCloses},
      {"digits of another script", post("Content-Length: \xef\xbc\x95\r\n", "hello"), kBad, kCloses},
      {"space before the colon", post("Content-Length : 5\r\n", "hello"), kBad, kCloses},
      {"folded", post("Content-Length:\r\n 5\r\n", "hello"), kBad, kCloses},
      {"nul behind", post("Content-Length: 5\0\r\n"s, "hello"), kBad, kCloses},
      {"exponent", post("Content-Length: 5e0\r\n", "hello"), kBad, kCloses},
      {"with an underscore it is another field", post("Content_Length: 5\r\n", "hello"),
       "200 POST /x; 405 method_not_allowed", kCloses},
      {"zero, and a body all the same", post("Content-Length: 0\r\n", "hello"), "200 POST /x; 405 method_not_allowed",
       kCloses},
      {"on 1.0 with a request behind", "POST /x HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", "200 POST /x hi", kCloses},
  };
}

RequestCases transfer_encoding_cases() {
  return {
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
      {"comma before", post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"comma behind", post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"a letter before", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"folded", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), kBad, kCloses},
      {"chunked and identity", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), kBad,
       kCloses},
      {"with an underscore it is another field", post("Transfer_Encoding: chunked\r\n", "0\r\n\r\n"),
       "200 POST /x; " + kBad, kCloses},
      {"named by Connection it still holds",
       post("Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"),
       "200 POST /x hi", kGoesOn},
  };
}

RequestCases chunk_cases() {
  return {
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
      {"16 digits", chunked("0000000000000005\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"cr alone in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"line break in a quoted extension", chunked("5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"tab behind the size", chunked("5\t\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"plus", chunked("+5\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"h behind the size", chunked("5h\r\nhello\r\n0\r\n\r\n"), kBad, kCloses},
      {"data that looks like a request", chunked("12\r\nGET /y HTTP/1.1\r\n\r\r\n0\r\n\r\n"),
       "200 POST /x GET /y HTTP/1.1\r\n\r", kGoesOn},
  };
}

RequestCases trailer_cases() {
  return {
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
      {"a trailer field", chunked("0\r\nTrailer: A\r\n\r\n"), kBad, kCloses},
      {"a host, spelt in capitals", chunked("0\r\nHOST: g\r\n\r\n"), kBad, kCloses},
      {"cr alone", chunked("0\r\nA: b\rC: d\r\n\r\n"), kBad, kCloses},
      {"byte above ascii in a name", chunked("0\r\n\xc3\xa9: b\r\n\r\n"), kBad, kCloses},
  };
}

RequestCases connection_cases() {
  return {
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
      {"two closes", with("Connection: close\r\nConnection: close\r\n"), "200 GET /x", kCloses},
      {"close with a body", post("Connection: close\r\nContent-Length: 2\r\n", "hi"), "200 POST /x hi", kCloses},
      {"quoted", with("Connection: \"close\"\r\n"), kBad, kCloses},
      {"1.0 with another token", "GET /x HTTP/1.0\r\nConnection: upgrade\r\n\r\n", "200 GET /x", kCloses},
  };
}

RequestCases size_cases() {
  return {
      {"target of 8192", get("/" + text(8191)), "200 GET /" + text(8191), kGoesOn},
      {"target of 8193", get("/" + text(8192)), "414 head_too_large", kCloses},
      {"request line without end", "GET /" + text(17'000), "414 head_too_large", kCloses},
      {"head of 16384", "GET /x HTTP/1.1\r\nHost: h\r\nA: " + text(16'384 - 33) + "\r\n\r\n", "200 GET /x", kGoesOn},
      {"head of 16385", "GET /x HTTP/1.1\r\nHost: h\r\nA: " + text(16'384 - 32) + "\r\n\r\n", "431 head_too_large",
       kCloses},
      {"field without end", "GET /x HTTP/1.1\r\nHost: h\r\nA: " + text(17'000), "431 head_too_large", kCloses},
      {"a hundred fields and a long one",
       "GET /x HTTP/1.1\r\nHost: h\r\n" + fields(98) + "A: " + text(15'000) + "\r\n\r\n", "200 GET /x", kGoesOn},
      {"name without end", "GET /x HTTP/1.1\r\nHost: h\r\n" + text(17'000), "431 head_too_large", kCloses},
  };
}

RequestCases expectation_cases() {
  return {
      {"unknown", post("Expect: tea\r\nContent-Length: 2\r\n", "hi"), "417 bad_request", kCloses},
      {"a list", post("Expect: 100-continue, tea\r\nContent-Length: 2\r\n", "hi"), "417 bad_request", kCloses},
      {"without a body", with("Expect: 100-continue\r\n"), "200 GET /x", kGoesOn},
      {"on 1.0 it is passed over", "POST /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
       "200 POST /x hi", kCloses},
      {"with too large a body", post("Expect: 100-continue\r\nContent-Length: 6291457\r\n", ""), "413 body_too_large",
       kCloses},
      {"twice", post("Expect: 100-continue\r\nExpect: tea\r\nContent-Length: 2\r\n", "hi"), "417 bad_request", kCloses},
      {"empty", post("Expect:\r\nContent-Length: 2\r\n", "hi"), "417 bad_request", kCloses},
  };
}

RequestCases all_request_cases() {
  RequestCases all;
  for (const auto group :
       {request_line_cases, method_cases, field_cases, host_cases, target_cases, content_length_cases,
        transfer_encoding_cases, chunk_cases, trailer_cases, connection_cases, size_cases, expectation_cases}) {
    RequestCases cases = group();
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace sojourn::http_test
