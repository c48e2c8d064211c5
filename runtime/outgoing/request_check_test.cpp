#include "runtime/outgoing/request_check.h"

#include <doctest/doctest.h>

namespace sojourn {

TEST_CASE("request check: a URL is named by its origin") {
  CHECK(check_url("https://example.com/hooks/SECRET?key=1")->origin == "https://example.com");
  CHECK(check_url("http://example.com:8080/")->origin == "http://example.com:8080");
  CHECK(!check_url("http://example.com:8080/")->is_literal);
  CHECK(check_url("http://[::1]:80/")->is_literal);
  CHECK(check_url("http://127.0.0.1/a@b")->is_literal);
  CHECK(check_url("HTTPS://EXAMPLE.com")->origin.starts_with("https://"));
}

TEST_CASE("request check: what is no http URL, or holds a user, is refused without showing the URL") {
  for (const std::string url :
       {"", "example.com", "/path", "ftp://example.com/", "file:///etc/passwd", "gopher://h/_x", "http://", "http:///x",
        "https://user@example.com/", "https://user:secret-word@example.com/", "https://:secret-word@example.com/",
        "https://@example.com/", "http://example.com/\r\nX: y", "http://exam ple.com/", "http://example.com:99999/",
        "dict://127.0.0.1:11211/", "unix:///var/run/docker.sock"}) {
    CAPTURE(url);
    const auto checked = check_url(url);
    REQUIRE(!checked.ok());
    CHECK(checked.error().code() == ErrorCode::kBadRequest);
    CHECK(checked.error().text().find("secret-word") == std::string::npos);
  }
  CHECK(check_url("http://example.com/" + std::string(kUrlMax, 'a')).error().text().find("8192") != std::string::npos);
}

TEST_CASE("request check: a header cannot end its line, frame the message or name another host") {
  const auto verdict = [](std::string name, std::string value) {
    OutgoingRequest request;
    request.headers = {{std::move(name), std::move(value)}};
    return check_head(request);
  };
  CHECK(verdict("x-good", "a value, with\ttab; and \xC3\xBC").ok());
  CHECK(verdict("x-empty", "").ok());
  CHECK(!verdict("x-bad", "a\r\nx-injected: 1").ok());
  CHECK(!verdict("x-bad", "a\nb").ok());
  CHECK(!verdict("x-bad", std::string("a\0b", 3)).ok());
  CHECK(!verdict("x bad", "a").ok());
  CHECK(!verdict("x-bad:", "a").ok());
  CHECK(!verdict("", "a").ok());
  for (const char* name : {"Content-Length", "transfer-encoding", "Host", "connection", "Proxy-Authorization", "TE"}) {
    CAPTURE(name);
    CHECK(!verdict(name, "1").ok());
  }
  CHECK(verdict("x-long", std::string(kRequestHeadMax, 'a')).error().text().find("65536") != std::string::npos);
}

TEST_CASE("request check: only plain methods are sent") {
  OutgoingRequest request;
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}) {
    request.method = method;
    CHECK(check_head(request).ok());
  }
  for (const char* method : {"", "post", "CONNECT", "TRACE", "GET / HTTP/1.1\r\nX: y", "A B"}) {
    request.method = method;
    CHECK(!check_head(request).ok());
  }
}

}  // namespace sojourn
