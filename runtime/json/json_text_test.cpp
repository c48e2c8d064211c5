#include "runtime/json/json_text.h"

#include <doctest/doctest.h>

namespace sojourn {
namespace {

std::string refusal(const std::string& text) {
  const auto json = parse_json_object(text);
  if (json.ok()) return "";
  CHECK(json.error().code() == ErrorCode::kBadRequest);
  return json.error().text();
}

std::string nested(int levels) {
  return R"({"a":)" + std::string(static_cast<std::size_t>(levels - 1), '[') +
         std::string(static_cast<std::size_t>(levels - 1), ']') + "}";
}

}  // namespace

TEST_CASE("json text: objects are read, and nothing else") {
  const auto json = parse_json_object(R"({"a": [1, {"b": "é"}], "c": {"a": null}})");
  REQUIRE(json.ok());
  CHECK((*json)["a"][1]["b"] == "é");
  for (const char* text : {"", "[]", "1", "null", "{", "{}{}", "{\"a\":1,}", "{'a':1}", "{\"a\":01}", "{\"a\":NaN}"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(refusal(text).empty());
  }
}

TEST_CASE("json text: 64 levels are read, one more and a million are refused by the limit's name") {
  CHECK(refusal(nested(64)).empty());
  CHECK(refusal(nested(65)).find("deeper than 64 levels") != std::string::npos);
  CHECK(refusal(R"({"a":)" + std::string(1'000'000, '[')).find("deeper than 64 levels") != std::string::npos);
  CHECK(refusal(R"({"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"["})").empty());
}

TEST_CASE("json text: a name that stands twice in one object is refused") {
  CHECK(refusal(R"({"scopes":["read"],"scopes":["admin"]})").find("`scopes` stands twice") != std::string::npos);
  CHECK(refusal(R"({"a":[{"b":1,"c":{},"b":2}]})").find("`b` stands twice") != std::string::npos);
  CHECK(refusal(R"({"a":1,"\u0061":2})").find("`a` stands twice") != std::string::npos);
  CHECK(refusal(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})").empty());
}

TEST_CASE("json text: what is not UTF-8 is refused") {
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xc3"}) {
    CHECK_FALSE(refusal("{\"a\":\"" + std::string(bytes) + "\"}").empty());
  }
  CHECK_FALSE(refusal("{\"a\":\"\\ud800\"}").empty());
}

TEST_CASE("json text: any value is read, within a depth that the caller may lower") {
  CHECK(*parse_json(" 1 ") == 1);
  CHECK(*parse_json("\"a\"") == "a");
  CHECK(parse_json("null")->is_null());
  CHECK(parse_json("[[1]]", 2).ok());
  CHECK_FALSE(parse_json("[[1]]", 1).ok());
  CHECK_FALSE(parse_json("[1] 2").ok());
  CHECK_FALSE(parse_json(R"([{"a":1,"a":1}])").ok());
}

TEST_CASE("json text: parts are found as they stand in the text") {
  const std::string_view text = "\xEF\xBB\xBF { \"x:{\" : [ \"}\\\"\" , {} ] ,\"\\u0064ata\" :\t1.10e0 , \"e\":{ } }";
  REQUIRE(parse_json(text).ok());
  CHECK(member_text(text, "x:{") == "[ \"}\\\"\" , {} ]");
  CHECK(member_text(text, "data") == "1.10e0");
  CHECK(member_text(text, "e") == "{ }");
  CHECK_FALSE(member_text(text, "f").has_value());
  CHECK_FALSE(member_text("{}", "f").has_value());
  CHECK(element_texts(" [ ] ").empty());
  CHECK(element_texts("[1, \"a]\" ,{\"b\":[2]},\n[] ]") ==
        std::vector<std::string_view>{"1", "\"a]\"", "{\"b\":[2]}", "[]"});
}

}  // namespace sojourn
