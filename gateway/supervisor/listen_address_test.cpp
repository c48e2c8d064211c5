#include "gateway/supervisor/listen_address.h"

#include <doctest/doctest.h>

namespace sojourn {

TEST_CASE("listen address: IPv4, IPv6, a name and a port alone are read") {
  CHECK(parse_listen_address("127.0.0.1:8080")->text() == "127.0.0.1:8080");
  CHECK(parse_listen_address("[::1]:9")->text() == "[::1]:9");
  CHECK(parse_listen_address("localhost:80")->is_loopback());
  CHECK(parse_listen_address("8080")->text() == "127.0.0.1:8080");
}

TEST_CASE("listen address: what is no address is refused with the text and the form to write") {
  for (const char* text :
       {"", ":", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:8o", "::1:80", "[::1:80", "1.2.3.4.5:1"}) {
    INFO(text);
    const Result<ListenAddress> address = parse_listen_address(text);
    REQUIRE_FALSE(address.ok());
    CHECK(address.error().text().find("write HOST:PORT") != std::string::npos);
  }
}

TEST_CASE("listen address: loopback is 127/8 and ::1 and nothing else") {
  CHECK(parse_listen_address("127.9.9.9:1")->is_loopback());
  CHECK(parse_listen_address("[::1]:1")->is_loopback());
  CHECK_FALSE(parse_listen_address("0.0.0.0:1")->is_loopback());
  CHECK_FALSE(parse_listen_address(":1")->is_loopback());
  CHECK_FALSE(parse_listen_address("[::]:1")->is_loopback());
  CHECK_FALSE(parse_listen_address("192.0.2.1:1")->is_loopback());
}

TEST_CASE("listening sockets: all workers share the free port that was picked") {
  const Result<ListeningSockets> opened = open_listening_sockets(*parse_listen_address("127.0.0.1:0"), 3);
  REQUIRE(opened.ok());
  CHECK(opened->sockets.size() == 3);
  CHECK(opened->address.port() != 0);
}

TEST_CASE("listening sockets: a port on which another server listens is refused") {
  const Result<ListeningSockets> first = open_listening_sockets(*parse_listen_address("127.0.0.1:0"), 1);
  REQUIRE(first.ok());
  const Result<ListeningSockets> second = open_listening_sockets(first->address, 1);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().text().find(first->address.text()) != std::string::npos);
  CHECK(second.error().text().find("pass another --listen") != std::string::npos);
}

}  // namespace sojourn
