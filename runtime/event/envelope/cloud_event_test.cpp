#include "runtime/event/envelope/cloud_event.h"

#include <doctest/doctest.h>

#include "runtime/event/envelope/attribute_text.h"

using namespace sojourn;

namespace {

CloudEvent small() {
  CloudEvent event;
  event.id = "1";
  event.source = "/s";
  event.type = "t";
  return event;
}

std::string refusal(const Status& status) {
  return status.ok() ? "" : status.error().text();
}

}  // namespace

TEST_CASE("cloud event: attributes are put into their places, and found by name") {
  CloudEvent event = small();
  REQUIRE(put_attribute(event, "type", "com.example").ok());
  REQUIRE(put_attribute(event, "comexampleextension", "").ok());
  CHECK(event.type == "com.example");
  CHECK(event.attribute("source") == "/s");
  CHECK(event.has("comexampleextension"));
  CHECK_FALSE(event.has("subject"));
  CHECK(check_event(event).ok());
}

TEST_CASE("cloud event: names that are none and values that are no text are refused by name") {
  CloudEvent event;
  for (const char* name : {"", "Type", "my-ext", "my_ext", "data", "specversion", "\xC3\xA9"}) {
    CAPTURE(std::string(name));
    CHECK_FALSE(put_attribute(event, name, "x").ok());
  }
  CHECK(put_attribute(event, std::string(64, 'a'), "x").ok());
  CHECK(refusal(put_attribute(event, std::string(65, 'a'), "x")).find("from 1 to 64") != std::string::npos);
  for (const char* value : {"a\nb", "\x7f", "\xC2\x85", "\xEF\xBF\xBE", "\xEF\xB7\x90", "\xFF", "\xED\xA0\x80"}) {
    CAPTURE(std::string(value));
    CHECK(refusal(put_attribute(event, "subject", value)).find("the attribute subject is no text") !=
          std::string::npos);
  }
  CHECK(put_attribute(event, "subject", "\xF0\x9F\x98\x80 \xE2\x82\xAC").ok());
  CHECK(refusal(put_attribute(event, "subject", "")).find("subject is empty") != std::string::npos);
}

TEST_CASE("cloud event: an event without id, source or type is not whole") {
  for (std::string CloudEvent::*member : {&CloudEvent::id, &CloudEvent::source, &CloudEvent::type}) {
    CloudEvent event = small();
    (event.*member).clear();
    CHECK(refusal(check_event(event)).find("is missing or empty") != std::string::npos);
  }
}

TEST_CASE("cloud event: attributes that are too many or too long together are refused by the limit") {
  CloudEvent many = small();
  for (int i = 0; i < 65; ++i) many.attributes["a" + std::to_string(i)] = "x";
  CHECK(refusal(check_event(many)).find("may have 64") != std::string::npos);
  CloudEvent long_one = small();
  long_one.attributes["a"] = std::string(16u << 10, 'x');
  CHECK(refusal(check_event(long_one)).find("may have 16384") != std::string::npos);
  CloudEvent long_id = small();
  long_id.id = std::string(2048, 'x');
  CHECK(check_event(long_id).ok());
  long_id.id += 'x';
  CHECK(refusal(check_event(long_id)).find("id has 2049 bytes, and may have 2048") != std::string::npos);
}

TEST_CASE("cloud event: time is a point in time of RFC 3339") {
  CloudEvent event = small();
  for (const char* time : {"2018-04-05T17:31:00Z", "1996-12-19t16:39:57.25-08:00", "1990-12-31T23:59:60z"}) {
    CAPTURE(std::string(time));
    CHECK(put_attribute(event, "time", time).ok());
  }
  for (const char* time : {"2018-04-05", "2018-02-29T00:00:00Z", "2018-04-05T17:31:00"}) {
    CAPTURE(std::string(time));
    CHECK(refusal(put_attribute(event, "time", time)).find("no point in time of RFC 3339") != std::string::npos);
  }
}

TEST_CASE("cloud event: JSON is told by the subtype of its media type") {
  for (const char* type : {"application/json", "text/json", "application/problem+JSON ; charset=utf-8"}) {
    CHECK(is_json_media_type(type));
  }
  for (const char* type : {"", "json", "text/plain", "application/jsonl", "application/json-seq", "a+json/b"}) {
    CHECK_FALSE(is_json_media_type(type));
  }
}

TEST_CASE("cloud event: the binding's own example is encoded and decoded as it says") {
  const std::string plain = "Euro \xE2\x82\xAC \xF0\x9F\x98\x80";
  CHECK(encode_field(plain) == "Euro%20%E2%82%AC%20%F0%9F%98%80");
  CHECK(decode_field("Euro%20%E2%82%AC%20%F0%9F%98%80") == plain);
  CHECK(decode_field("Euro \xE2\x82\xAC %f0%9f%98%80") == plain);
}

TEST_CASE("cloud event: every byte of ASCII comes back, and what may stand as it is does") {
  std::string all;
  for (char c = 0; c < 127; ++c) all += c;
  CHECK(decode_field(encode_field(all)) == all);
  CHECK(encode_field("a~!#$&'()*+,/:;=?@[]\\") == "a~!#$&'()*+,/:;=?@[]\\");
  CHECK(encode_field(" \"%\x7f") == "%20%22%25%7F");
}

TEST_CASE("cloud event: decoding goes one round, and takes quotes off first") {
  CHECK(decode_field("%2541") == "%41");
  CHECK(decode_field(R"("a \"b\" \\ %41")") == "a \"b\" \\ A");
  CHECK(decode_field(R"("%\4\1")") == "A");
  CHECK(decode_field(R"(a"b)") == "a\"b");
  CHECK(decode_field("\"") == "\"");
  for (const char* broken : {"%", "%4", "%4g", "a%", "%C3", "%ED%A0%80", "\xFF"}) {
    CAPTURE(std::string(broken));
    CHECK_FALSE(decode_field(broken).has_value());
  }
}
