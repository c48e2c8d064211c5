#include <doctest/doctest.h>

#include "runtime/base/digest.h"
#include "runtime/base/log.h"
#include "runtime/base/result.h"

namespace sojourn {

TEST_CASE("error: a text grows a place as it climbs") {
  const Error error = Error(ErrorCode::kRefused, "needs libfoo.so.3").at("elf").at("deploy hello");
  CHECK(error.text() == "deploy hello: elf: needs libfoo.so.3");
  CHECK(facts(error.code()).http_status == 422);
}

TEST_CASE("digest: hex and back, and nothing else is accepted") {
  Digest digest;
  digest.bytes[0] = 0xAB;
  CHECK(digest.hex().substr(0, 4) == "ab00");
  CHECK(Digest::from_hex(digest.hex()) == digest);
  CHECK_FALSE(Digest::from_hex("ab").has_value());
  CHECK_FALSE(Digest::from_hex(std::string(64, 'g')).has_value());
}

TEST_CASE("log: control characters and bad UTF-8 cannot forge a line") {
  std::string out;
  append_json_escaped(out, "a\r\n\x1b[31m\"\\\xC0\xAF");
  CHECK(out == "a\\u000d\\n\\u001b[31m\\\"\\\\\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("log: a timestamp is RFC 3339 in UTC") {
  CHECK(timestamp(std::chrono::system_clock::time_point{}) == "1970-01-01T00:00:00.000Z");
}

}  // namespace sojourn
