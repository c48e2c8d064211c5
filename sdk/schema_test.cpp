#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <string>

#include <sojourn/schema.h>

using namespace sojourn;
using nlohmann::json;

namespace {

// The faults, one line each, or "fits".
std::string held(const std::string& schema_text, const std::string& value_text) {
  const json schema = json::parse(schema_text);
  const auto fault = schema_fault(schema);
  REQUIRE_MESSAGE(!fault, (fault ? fault->pointer + ": " + fault->text : ""));
  json value = json::parse(value_text);
  std::string lines;
  for (const SchemaFault& found : check_against(schema, value)) {
    lines += (lines.empty() ? "" : "\n") + found.pointer + ": " + found.text;
  }
  return lines.empty() ? "fits" : lines;
}

std::string filled(const std::string& schema_text, const std::string& value_text) {
  json value = json::parse(value_text);
  CHECK(check_against(json::parse(schema_text), value).empty());
  return value.dump();
}

std::string fault_of(const std::string& schema_text) {
  const auto fault = schema_fault(json::parse(schema_text));
  return fault ? fault->pointer + ": " + fault->text : "sound";
}

}  // namespace

TEST_CASE("schema: types, alone and as a choice") {
  const struct {
    const char* type;
    const char* fits;
    const char* other;
  } kTable[] = {
      {R"("string")", R"("a")", "1"}, {R"("number")", "1.5", R"("1")"}, {R"("integer")", "7", "7.5"},
      {R"("boolean")", "true", "0"},  {R"("null")", "null", "false"},   {R"("array")", "[]", "{}"},
      {R"("object")", "{}", "[]"},    {R"("integer")", "7.0", "null"},  {R"(["string","null"])", "null", "1"}};
  for (const auto& row : kTable) {
    CHECK(held(std::string(R"({"type":)") + row.type + "}", row.fits) == "fits");
    CHECK(held(std::string(R"({"type":)") + row.type + "}", row.other) != "fits");
  }
  CHECK(held(R"({"type":"integer"})", R"("x")") == ": is `x`; expected is a whole number");
  CHECK(held(R"({"type":["string","boolean"]})", "[]") == ": is a list; expected is a text or true or false");
}

TEST_CASE("schema: numbers are bounded, at whole numbers exactly") {
  CHECK(held(R"({"minimum":1})", "1") == "fits");
  CHECK(held(R"({"minimum":1})", "0") == ": is the number 0; expected is at least 1");
  CHECK(held(R"({"maximum":10})", "10.5") == ": is the number 10.5; expected is at most 10");
  CHECK(held(R"({"exclusiveMinimum":0})", "0") == ": is the number 0; expected is more than 0");
  CHECK(held(R"({"exclusiveMaximum":1})", "1") == ": is the number 1; expected is less than 1");
  CHECK(held(R"({"multipleOf":3})", "9") == "fits");
  CHECK(held(R"({"multipleOf":3})", "-9") == "fits");
  CHECK(held(R"({"multipleOf":3})", "10") == ": is the number 10; expected is a multiple of 3");
  CHECK(held(R"({"multipleOf":18446744073709551615})", "-9223372036854775808") != "fits");
  CHECK(held(R"({"multipleOf":2})", "-9223372036854775808") == "fits");
  CHECK(held(R"({"multipleOf":0.1})", "0.3") == "fits");
  CHECK(held(R"({"maximum":9007199254740992})", "9007199254740993") != "fits");
  CHECK(held(R"({"maximum":-1})", "18446744073709551615") != "fits");
  CHECK(held(R"({"minimum":5})", R"("not a number")") == "fits");
}

TEST_CASE("schema: texts are measured in characters, lists and mappings in entries") {
  CHECK(held(R"({"maxLength":2})", R"("äö")") == "fits");
  CHECK(held(R"({"maxLength":2})", R"("abc")") == ": is 3 characters long; expected is at most 2");
  CHECK(held(R"({"minLength":1})", R"("")") == ": is 0 characters long; expected is at least 1");
  CHECK(held(R"({"minItems":1})", "[]") == ": has 0 entries; expected is at least 1");
  CHECK(held(R"({"maxItems":1})", "[1,2]") == ": has 2 entries; expected is at most 1");
  CHECK(held(R"({"maxProperties":1})", R"({"a":1,"b":2})") == ": has 2 keys; expected is at most 1");
  CHECK(held(R"({"uniqueItems":true})", R"([1,"1",[1]])") == "fits");
  CHECK(held(R"({"uniqueItems":true})", "[1,2,1.0]") != "fits");
  CHECK(held(R"({"uniqueItems":false})", "[1,1]") == "fits");
}

TEST_CASE("schema: properties are known, needed, and pointed at") {
  const std::string schema = R"({"type":"object","properties":{"perSecond":{"type":"number","minimum":0},
      "a/b~c":{"type":"string"}},"required":["perSecond"],"additionalProperties":false})";
  CHECK(held(schema, R"({"perSecond":5})") == "fits");
  CHECK(held(schema, "{}") == ": has no `perSecond`, which it needs");
  CHECK(held(schema, R"({"perSecond":-1})") == "/perSecond: is the number -1; expected is at least 0");
  CHECK(held(schema, R"({"perSecond":1,"a/b~c":2})") == "/a~1b~0c: is the number 2; expected is a text");
  CHECK(held(schema, R"({"perSecond":1,"persecond":1})") == "/persecond: is not a key; known are a/b~c, perSecond");
  CHECK(held(R"({"additionalProperties":{"type":"integer"}})", R"({"x":"y"})") ==
        "/x: is `y`; expected is a whole number");
  CHECK(held(R"({"items":{"type":"string"}})", R"(["a",2])") == "/1: is the number 2; expected is a text");
}

TEST_CASE("schema: enum and const name what is allowed") {
  CHECK(held(R"({"enum":["a","b",3]})", "3") == "fits");
  CHECK(held(R"({"enum":["a","b",3]})", R"("c")") == ": is `c`; expected is one of a, b, 3");
  CHECK(held(R"({"const":{"a":1}})", R"({"a":1})") == "fits");
  CHECK(held(R"({"const":1})", "2") == ": is the number 2; expected is 1");
}

TEST_CASE("schema: combinations") {
  const std::string any = R"({"anyOf":[{"type":"string"},{"type":"integer","minimum":1}]})";
  CHECK(held(any, R"("x")") == "fits");
  CHECK(held(any, "3") == "fits");
  CHECK(held(any, "0") == ": is the number 0, which fits none of the 2 forms that are allowed");
  const std::string one = R"({"oneOf":[{"minimum":1},{"maximum":5}]})";
  CHECK(held(one, "0") == "fits");
  CHECK(held(one, "3") == ": fits more than one of the forms that exclude each other");
  CHECK(held(R"({"not":{"type":"null"}})", "null") == ": is null, which is what must not be here");
  CHECK(held(R"({"allOf":[{"minimum":1},{"maximum":5}]})", "9") == ": is the number 9; expected is at most 5");
  CHECK(held("true", "1") == "fits");
  CHECK(held("false", "1") == ": is not allowed here");
}

TEST_CASE("schema: references to definitions, also to itself") {
  const std::string tree = R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":
      {"value":{"type":"integer"},"next":{"$ref":"#/$defs/node"}},"required":["value"]}}})";
  CHECK(held(tree, R"({"value":1,"next":{"value":2}})") == "fits");
  CHECK(held(tree, R"({"value":1,"next":{"value":2,"next":{}}})") == "/next/next: has no `value`, which it needs");
}

TEST_CASE("schema: defaults are filled in, and a property that has one is not missing") {
  const std::string schema = R"({"properties":{"burst":{"type":"integer","default":10},"key":{"default":"address"},
      "inner":{"default":{},"properties":{"deep":{"default":true}}}},"required":["burst"]})";
  CHECK(filled(schema, "{}") == R"({"burst":10,"inner":{"deep":true},"key":"address"})");
  CHECK(filled(schema, R"({"burst":1})") == R"({"burst":1,"inner":{"deep":true},"key":"address"})");
  CHECK(held(R"({"properties":{"a":{"default":"x","type":"integer"}}})", "{}") ==
        "/a: is `x`; expected is a whole number");
}

TEST_CASE("schema: what is not understood refuses the schema") {
  CHECK(fault_of(R"({"properties":{"a":{"pattern":"^a"}}})") ==
        "/properties/a/pattern: `pattern` is not among the keywords of a schema that are understood");
  CHECK(fault_of(R"({"format":"email"})") != "sound");
  CHECK(fault_of(R"({"type":"text"})") == "/type: expected is the name of a type, or a list of such names");
  CHECK(fault_of(R"({"minimum":"1"})") == "/minimum: expected is a number");
  CHECK(fault_of(R"({"multipleOf":0})") == "/multipleOf: expected is a number greater than 0");
  CHECK(fault_of(R"({"minLength":-1})") != "sound");
  CHECK(fault_of(R"({"required":"a"})") != "sound");
  CHECK(fault_of(R"({"enum":[]})") != "sound");
  CHECK(fault_of(R"({"anyOf":[]})") != "sound");
  CHECK(fault_of(R"({"anyOf":[{"x":1}]})").starts_with("/anyOf/0/x: "));
  CHECK(fault_of(R"({"$ref":"#/$defs/none"})") != "sound");
  CHECK(fault_of(R"({"$ref":"http://example.com/schema"})") != "sound");
  CHECK(fault_of(R"("string")") == ": is `string`; expected is a schema");
  CHECK(fault_of(R"({"title":"t","description":"d","$comment":"c","examples":[1],"default":1})") == "sound");
}

TEST_CASE("schema: neither a schema nor a value can make a check long") {
  CHECK(held(R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}})", "1").find("limit of") != std::string::npos);
  // Each level doubles the work.
  std::string definitions;
  for (int i = 0; i < 40; ++i) {
    const std::string next = "{\"$ref\":\"#/$defs/d" + std::to_string(i + 1) + "\"}";
    definitions += "\"d" + std::to_string(i) + "\":{\"anyOf\":[" + next + "," + next + "]},";
  }
  definitions += "\"d40\":false";
  CHECK(held("{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + definitions + "}}", "1").find("limit of 100000 steps") !=
        std::string::npos);
  json many = json::array();
  for (int i = 0; i < 50; ++i) many.push_back("wrong");
  json value = many;
  CHECK(check_against(json::parse(R"({"items":{"type":"integer"}})"), value).size() == kSchemaFaultsMax);
  std::string deep = "{}";
  for (int i = 0; i < 100; ++i) deep = "{\"not\":" + deep + "}";
  CHECK(fault_of(deep).find("64 levels") != std::string::npos);
}
