#include "bench/load/reply_reader.h"

#include <cstring>
#include <doctest/doctest.h>
#include <string>

namespace bench {
namespace {

void feed(ReplyReader& reader, std::string_view bytes) {
  std::memcpy(reader.room().data(), bytes.data(), bytes.size());
  reader.added(bytes.size());
}

TEST_CASE("reply reader: a reply is whole with its last byte and not before") {
  const std::string text = "HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 5\r\n\r\nhello";
  ReplyReader reader;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    feed(reader, std::string_view(text).substr(i, 1));
    CHECK_FALSE(reader.whole());
    CHECK_FALSE(reader.broken());
  }
  feed(reader, "o");
  const auto reply = reader.whole();
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->body == "hello");
  CHECK(reply->head.ends_with("\r\n\r\n"));
}

TEST_CASE("reply reader: bytes after a reply belong to the next one") {
  ReplyReader reader;
  feed(reader, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(reader.whole());
  CHECK(reader.whole()->body == "a");
  reader.next();
  REQUIRE(reader.whole());
  CHECK(reader.whole()->status == 404);
  reader.next();
  CHECK_FALSE(reader.whole());
}

TEST_CASE("reply reader: a body larger than the first buffer arrives whole") {
  const std::string body(3 << 20, 'x');
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  ReplyReader reader;
  for (std::size_t at = 0; at < text.size(); at += 50'000) feed(reader, std::string_view(text).substr(at, 50'000));
  REQUIRE(reader.whole());
  CHECK(reader.whole()->body == body);
}

TEST_CASE("reply reader: a reply without a length is broken") {
  ReplyReader reader;
  feed(reader, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK_FALSE(reader.whole());
  CHECK(reader.broken());
}

}  // namespace
}  // namespace bench
